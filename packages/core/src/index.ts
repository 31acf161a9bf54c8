export {
  type BootstrapMaster,
  type BootstrapOptions,
  type ManualBootstrapOptions,
  renderBootstrap,
  renderManualCloudConfig,
} from './bootstrap.ts'
export {
  type AgentSource,
  defaultAgentRuntime,
  parseImage,
  parseSshKey,
} from './bootstrap-values.ts'
export {
  type FailureCode,
  type FailureDetails,
  failureCodes,
  isFailure,
  ProvisionError,
} from './errors.ts'
export type { Emit, NodePhase, ProvisionEvent } from './events.ts'
export {
  anywhere,
  describeRule,
  type NetworkPolicy,
  networkPolicy,
  type PolicyOptions,
  type PortRule,
  type Protocol,
  parseCidr,
  parseOpen,
  type Source,
} from './network-policy.ts'
export {
  type Account,
  type BatchResult,
  type Call,
  defineProvider,
  type Machine,
  type MachineBatch,
  type MachineOrder,
  type MachineQuery,
  type MachineState,
  type OpenProvider,
  type OptionMeta,
  type Owner,
  type Preflight,
  type Provider,
  type ProviderSession,
  type Shared,
  type Zone,
} from './provider.ts'
