import { randomBytes } from 'node:crypto'
import type { BootstrapOptions } from '../src/bootstrap.ts'
import { defaultAgentRuntime } from '../src/bootstrap-values.ts'
import { makeSshKey } from './bootstrap-ssh-key.ts'

export const ca = makePem(900)
export const key = makeSshKey('ssh-ed25519')

export const options: BootstrapOptions = {
  names: ['web-1', 'web-2', 'web-3'],
  identity: { launchIndex: 'ds.meta_data.ami_launch_index' },
  master: { url: 'https://master.example.com:9292', ca, agentBundle: 'ab'.repeat(32) },
  enrolment: { secret: 'cd'.repeat(32), order: '01JABCDEFGHJKMNPQRSTVWXYZ0' },
  provider: 'aws',
  account: { id: '123456789012', region: 'eu-west-1' },
  agent: { runtime: defaultAgentRuntime },
  sshKeys: [`${key} joe@example.com`],
  limit: { bytes: 16_384, gzip: true },
}
export const azureId =
  '(ds.meta_data.imds.compute.resourceGroupName ~ "/" ~ ds.meta_data.imds.compute.name) | lower'
export const facts = { launchIndex: 1, instanceId: 'i-0123456789abcdef0' }

/** A certificate's form around so many random bytes, which is what does not compress. */
export function makePem(bytes: number): string {
  const lines =
    randomBytes(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
