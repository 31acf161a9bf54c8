import type { BadInput } from '@kontena/core/testing'

/** What wrong input gets on UpCloud. */
export const badInput: readonly BadInput[] = [
  {
    what: 'no zone',
    environment: { UPCLOUD_ZONE: undefined },
    code: 'BAD_OPTIONS',
    message: /zone/,
    at: 'account',
  },
  {
    what: 'a zone that is none',
    access: { zone: 'Helsinki' },
    code: 'BAD_OPTIONS',
    message: /zone/,
  },
  { what: 'an unknown zone', access: { zone: 'fi-hel9' }, code: 'NOT_FOUND', message: /fi-hel9/ },
  { what: 'no credentials', environment: { UPCLOUD_TOKEN: undefined }, code: 'NO_CREDENTIALS' },
  { what: 'an unknown token', access: { token: 'ucat_guess' }, code: 'BAD_CREDENTIALS' },
  {
    what: 'a token that cannot be one',
    access: { token: 'two words' },
    code: 'BAD_CREDENTIALS',
  },
  {
    what: 'an unknown password',
    access: { username: 'sandbox', password: 'guess' },
    code: 'BAD_CREDENTIALS',
  },
  {
    what: 'half of a password',
    access: { username: 'sandbox' },
    code: 'NO_CREDENTIALS',
    message: /--password/,
  },
  {
    what: 'a token and a password',
    access: { token: 'ucat_guess', username: 'sandbox', password: 'guess' },
    code: 'BAD_OPTIONS',
    message: /--token/,
  },
  {
    what: 'plain HTTP to another computer',
    environment: { UPCLOUD_DEBUG_API_BASE_URL: 'http://api.example.com' },
    code: 'BAD_OPTIONS',
    message: /UPCLOUD_DEBUG_API_BASE_URL/,
  },
  {
    what: 'a plan that is none',
    machine: { plan: 'a small one' },
    code: 'BAD_OPTIONS',
    message: /plan/,
  },
  {
    what: 'an unknown plan',
    machine: { plan: '1xCPU-3GB' },
    code: 'NOT_FOUND',
    message: /1xCPU-3GB/,
  },
  {
    what: 'an unknown image',
    machine: { image: 'windows' },
    code: 'BAD_OPTIONS',
    message: /image/,
  },
  {
    what: 'an unknown template',
    machine: { template: 'mine' },
    code: 'NOT_FOUND',
    message: /mine/,
  },
  {
    what: 'a template without cloud-init',
    machine: { template: 'Debian GNU/Linux 11 (Bullseye)' },
    code: 'BAD_OPTIONS',
    message: /cloud-init/,
  },
  { what: 'too small a disk', machine: { storage: 4 }, code: 'BAD_OPTIONS', message: /storage/ },
  {
    what: 'an unknown network',
    machine: { network: 'office' },
    code: 'NOT_FOUND',
    message: /office/,
  },
  {
    what: 'a tag that is ours',
    order: { tags: { 'kontena-grid': 'x' } },
    code: 'BAD_OPTIONS',
    message: /kontena-grid/,
  },
  {
    what: 'more machines than the account may have cores for',
    order: { count: 254 },
    machine: { plan: '2xCPU-4GB' },
    code: 'QUOTA_EXCEEDED',
    message: /cores/,
  },
  {
    what: 'more machines than the account may make',
    incident: { kind: 'quota', room: 0 },
    at: 'create',
    code: 'QUOTA_EXCEEDED',
    message: /SERVER_CORE_LIMIT_REACHED/,
  },
]
