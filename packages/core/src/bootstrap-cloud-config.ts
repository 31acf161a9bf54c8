import { renderTemplate } from './bootstrap-templates.ts'
import { parseNames, parseSshKey } from './bootstrap-values.ts'
import type { MachineFile } from './machine-files.ts'
import type { Provider } from './provider.ts'
import type { UserCloudConfig } from './user-cloud-config.ts'

/** Jinja expressions, as in the provider's `bootstrap`. Without the first two, a batch is one machine. */
export type MachineExpressions = Pick<
  Provider['bootstrap'],
  'launchIndex' | 'machineName' | 'machineId'
>

export interface CloudConfigOptions {
  readonly names: readonly string[]
  readonly identity: MachineExpressions
  readonly sshKeys: readonly string[]
  readonly cloudConfig: UserCloudConfig
  readonly files: readonly MachineFile[]
}

/** The document for cloud-init with which a batch of machines boots. */
export function renderCloudConfig(options: CloudConfigOptions): string {
  const { cloudConfig, identity, files } = options
  return renderTemplate('cloud-config.yaml', {
    files,
    user: cloudConfig,
    names: parseNames(options.names),
    nameExpression: nameExpression(options),
    idExpression: identity.machineId ?? 'v1.instance_id',
    sshKeys: options.sshKeys.map(parseSshKey),
    hasKeys: options.sshKeys.length + cloudConfig.sshKeys.length > 0,
  })
}

/**
 * Which of `names` the machine is, in jinja. What a cloud calls the machine counts only where it is one
 * of them: anything else is nobody's name here, and enrolment says so.
 */
function nameExpression({ identity, names }: CloudConfigOptions): string {
  const { machineName, launchIndex } = identity
  if (machineName !== undefined) return `${machineName} if ${machineName} in names else ""`
  if (launchIndex === undefined && names.length !== 1) {
    throw new Error(`one bootstrap cannot name ${names.length} machines that nothing tells apart`)
  }
  return `names[${launchIndex ?? '0'} | int]`
}
