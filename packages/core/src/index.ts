export { type BootstrapOptions, renderBootstrap } from './bootstrap.ts'
export { type ComposeOptions, renderCompose } from './bootstrap-compose.ts'
export { type ManualBootstrapOptions, renderManualCloudConfig } from './bootstrap-manual.ts'
export {
  type AgentSource,
  type BootstrapMaster,
  defaultAgentRuntime,
  parseImage,
  parseSshKey,
} from './bootstrap-values.ts'
export { type CloudEndpoint, isLoopbackHost, parseCloudEndpoint } from './cloud-endpoint.ts'
export {
  type FailureCode,
  type FailureDetails,
  failureCodes,
  isFailure,
  ProvisionError,
} from './errors.ts'
export { type Emit, type NodePhase, nodePhases, type ProvisionEvent, type Step } from './events.ts'
export type { IdRequests } from './id-requests.ts'
export { removalProgram } from './machine-files.ts'
export type {
  MasterLogin,
  MasterMachine,
  MasterOrder,
  MasterProvider,
  MasterSession,
  OpenMasters,
} from './master-provider.ts'
export { hintNearest, nearest } from './nearest.ts'
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
export { makeNobodysKey } from './nobodys-key.ts'
export type { NodeIdentity } from './node-identity.ts'
export { type NodeRecords, type NodeRecordsOptions, withNodeRecords } from './node-records.ts'
export { once } from './once.ts'
export {
  createNodes,
  type FailedNode,
  type FinishedNode,
  type Outcome,
} from './orders/create-nodes.ts'
export { findLogin } from './orders/find-login.ts'
export { findNodes, type NodeWithMachine, resolveNodes } from './orders/find-nodes.ts'
export { isOwned, listOrders, type OrderFile } from './orders/journal.ts'
export {
  type OrderRequest,
  type OrderWish,
  type Plan,
  type PlannedNode,
  planOrder,
} from './orders/plan.ts'
export { planReplacement } from './orders/replacement.ts'
export { restartNodes } from './orders/restart-nodes.ts'
export {
  type OrdersMaster,
  openScope,
  type Scope,
  type ScopeOptions,
  type Settings,
} from './orders/scope.ts'
export { settleOrders } from './orders/settle.ts'
export { startNodes } from './orders/start-nodes.ts'
export { stopNodes } from './orders/stop-nodes.ts'
export { type TerminateOptions, terminateNodes } from './orders/terminate-nodes.ts'
export { terminateWithoutMaster } from './orders/terminate-without-master.ts'
export {
  fileFailure,
  makePrivateFolder,
  replacePrivateFile,
  syncFolder,
} from './private-files.ts'
export {
  type Account,
  type BatchResult,
  type BootstrapFormat,
  type Call,
  type Choice,
  type ChoiceQuestion,
  contractVersion,
  defineProvider,
  type Login,
  type Machine,
  type MachineBatch,
  type MachineOrder,
  type MachineQuery,
  type MachineState,
  type MetadataService,
  type OpenProvider,
  type OptionMeta,
  type Owner,
  type Preflight,
  type Prepared,
  type Provider,
  type ProviderSession,
  type Shared,
  type Zone,
} from './provider.ts'
export { openRateBudget, type RateBudget } from './rate-budget.ts'
export { longestAnswer, readText } from './read-text.ts'
export { rejectOnAbort } from './reject-on-abort.ts'
export { withRetries } from './retry.ts'
export { readRetryAfter } from './retry-after.ts'
export { type NodeScriptOptions, renderNodeScript } from './script-of-node.ts'
export { severalAtOnce } from './several-at-once.ts'
export { isTransportCode } from './transport-code.ts'
export { tryEach } from './try-each.ts'
export { unlessGone } from './unless-gone.ts'
export { certificateHint, isCertificateCode } from './untrusted-certificate.ts'
export { type PollOptions, poll, sleep } from './wait.ts'
