import { type BootstrapOptions, renderBootstrap } from '../src/bootstrap.ts'
import { defaultAgentRuntime } from '../src/bootstrap-values.ts'
import { bootMachine, type MachineOptions } from './bootstrap-machine.ts'
import { bundleHash, type MasterDouble } from './bootstrap-master.ts'

export const order = '01JABCDEFGHJKMNPQRSTVWXYZ0'
export const secret = 'ab'.repeat(32)
export const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBmade/Up+key'

/** The programs that can speak HTTP; each of them suffices. */
export const clients = ['curl', 'python3'] as const

export function optionsFor(
  master: MasterDouble,
  changes: Partial<BootstrapOptions> = {},
): BootstrapOptions {
  return {
    names: ['web-1', 'web-2'],
    identity: { launchIndex: 'ds.meta_data.ami_launch_index' },
    master: { url: master.url, ca: master.ca, agentBundle: bundleHash },
    enrolment: { secret: secret, order },
    provider: 'aws',
    account: { id: '123456789012', region: 'eu-west-1' },
    agent: { runtime: defaultAgentRuntime },
    sshKeys: [],
    limit: { bytes: 16_384, gzip: true },
    ...changes,
  }
}

/** The second machine of a batch, after its first boot. */
export function machineFor(master: MasterDouble, changes: Partial<MachineOptions> = {}) {
  return bootMachine(renderBootstrap(optionsFor(master)), {
    launchIndex: 1,
    instanceId: 'i-0123456789abcdef0',
    hostKeys: [`${hostKey} root@web-2\n`],
    ...changes,
  })
}
