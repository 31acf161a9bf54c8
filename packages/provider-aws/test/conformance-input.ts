import type { BadInput } from '@kontena/core/testing'

/** What wrong input gets on AWS. */
export const badInput: readonly BadInput[] = [
  { what: 'a region that is none', access: { region: 'Ireland' }, code: 'BAD_OPTIONS' },
  {
    what: 'no region',
    environment: { AWS_REGION: undefined },
    code: 'BAD_OPTIONS',
    message: /region/,
    at: 'account',
  },
  {
    what: 'half of the keys',
    access: { accessKey: 'AKIA0000000000000000' },
    code: 'BAD_OPTIONS',
    message: /--secret-key/,
  },
  {
    what: 'an unknown key',
    access: { accessKey: 'AKIA0000000000000000', secretKey: 'guess' },
    code: 'BAD_CREDENTIALS',
  },
  {
    what: 'a wrong secret',
    environment: { AWS_SECRET_ACCESS_KEY: 'guess' },
    code: 'BAD_CREDENTIALS',
  },
  {
    what: 'no credentials',
    environment: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
    code: 'NO_CREDENTIALS',
  },
  {
    what: 'a profile that is not there',
    access: { profile: 'nobody' },
    code: 'NO_CREDENTIALS',
    message: /nobody/,
  },
  { what: 'a type that is none', machine: { type: 'small' }, code: 'BAD_OPTIONS', message: /type/ },
  { what: 'an unknown type', machine: { type: 't3.tiny' }, code: 'NOT_FOUND', message: /t3\.tiny/ },
  { what: 'too small a disk', machine: { storage: 4 }, code: 'BAD_OPTIONS', message: /storage/ },
  {
    what: 'an unknown image',
    machine: { image: 'windows' },
    code: 'BAD_OPTIONS',
    message: /image/,
  },
  {
    what: 'an unknown image id',
    machine: { ami: 'ami-0123456789abcdef0' },
    code: 'NOT_FOUND',
    message: /ami-0123/,
  },
  {
    what: 'an unknown zone',
    machine: { zone: 'eu-west-1q' },
    code: 'NOT_FOUND',
    message: /eu-west-1q/,
  },
  {
    what: 'an unknown network',
    machine: { vpcId: 'vpc-0123456789abcdef0' },
    code: 'NOT_FOUND',
    message: /vpc-0123/,
  },
  {
    what: 'an unknown subnet',
    machine: { subnetId: 'subnet-0123456789abcdef0' },
    code: 'NOT_FOUND',
    message: /subnet-0123/,
  },
  {
    what: 'an unknown security group',
    machine: { securityGroups: 'web' },
    code: 'NOT_FOUND',
    message: /web/,
  },
  {
    what: 'an unknown key pair',
    machine: { sshPublicKey: undefined, keyPair: 'deploy' },
    code: 'NOT_FOUND',
    message: /deploy/,
  },
  {
    what: 'a key pair and a key file',
    machine: { keyPair: 'deploy' },
    code: 'BAD_OPTIONS',
    message: /--key-pair/,
  },
  {
    what: 'a key file that is not there',
    machine: { sshPublicKey: '/nowhere/id.pub' },
    code: 'LOCAL_FILE',
    message: /nowhere/,
  },
  {
    what: 'a tag that is ours',
    order: { tags: { 'kontena:grid': 'x' } },
    code: 'BAD_OPTIONS',
    message: /kontena:grid/,
  },
  {
    what: 'more machines than the limit allows',
    incident: { kind: 'quota', room: 0 },
    code: 'QUOTA_EXCEEDED',
  },
]
