import type { BadInput, HttpAnswer } from '@kontena/core/testing'

/** What wrong input gets on DigitalOcean. */
export const badInput: readonly BadInput[] = [
  {
    what: 'no region',
    environment: { DIGITALOCEAN_REGION: undefined },
    at: 'account',
    code: 'BAD_OPTIONS',
    message: /no region is set/,
  },
  {
    what: 'no token',
    at: 'account',
    code: 'NO_CREDENTIALS',
    message: /token/,
    environment: { DIGITALOCEAN_ACCESS_TOKEN: undefined },
  },
  { what: 'an unknown token', access: { token: 'dop_v1_guess' }, code: 'BAD_CREDENTIALS' },
  {
    what: 'a token that cannot be one',
    access: { token: 'dop\nv1' },
    at: 'account',
    code: 'BAD_CREDENTIALS',
  },
  {
    what: 'plain HTTP to another computer',
    at: 'account',
    code: 'BAD_OPTIONS',
    environment: { DIGITALOCEAN_API_URL: 'http://digitalocean.example' },
    message: /DIGITALOCEAN_API_URL/,
  },
  { what: 'an unknown region', access: { region: 'fra9' }, code: 'NOT_FOUND', message: /fra9/ },
  {
    what: 'a region that is none',
    access: { region: 'x' },
    code: 'BAD_OPTIONS',
    message: /region/,
  },
  {
    what: 'an unknown size',
    machine: { size: 's-9vcpu-9gb' },
    code: 'NOT_FOUND',
    message: /s-9vcpu-9gb/,
  },
  {
    what: 'a size that the region lacks',
    access: { region: 'tor1' },
    machine: { size: 'm-2vcpu-16gb' },
    code: 'NO_CAPACITY',
    message: /tor1/,
  },
  {
    what: 'a size that is too small',
    machine: { size: 's-1vcpu-512mb-10gb' },
    code: 'BAD_OPTIONS',
    message: /512 MiB/,
  },
  {
    what: 'an unknown image',
    machine: { image: 'windows' },
    code: 'BAD_OPTIONS',
    message: /image/,
  },
  { what: 'an unknown VPC', machine: { vpc: 'nowhere' }, code: 'NOT_FOUND', message: /nowhere/ },
  { what: 'an unknown key', machine: { accountKey: 'lost' }, code: 'NOT_FOUND', message: /lost/ },
  {
    what: 'a tag with a blank',
    order: { tags: { team: 'sky blue' } },
    code: 'BAD_OPTIONS',
    message: /team/,
  },
  {
    what: 'more machines than the account may have',
    order: { count: 201 },
    code: 'QUOTA_EXCEEDED',
    message: /201/,
  },
  {
    what: 'a token without the scope',
    answer: () => refusal(403, 'forbidden'),
    code: 'ACCESS_DENIED',
    message: /account:read/,
  },
  {
    what: 'an account that is locked',
    answer: () => refusal(403, 'forbidden', 'Your account is locked'),
    code: 'ACCOUNT_NOT_READY',
  },
]

/** How DigitalOcean refuses. */
export function refusal(status: number, id: string, message = 'A message'): HttpAnswer {
  return { status, body: JSON.stringify({ id, message, request_id: 'request-1' }) }
}
