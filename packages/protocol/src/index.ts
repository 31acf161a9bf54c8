export { type AuditEntry, auditEntry } from './audit.ts'
export type { EventLogQuery, WatchOptions } from './client/events.ts'
export type { Period } from './client/health.ts'
export { type MasterClient, openMasterClient } from './client/master-client.ts'
export { MasterError, type MasterErrorKind } from './client/master-error.ts'
export type { MasterClientOptions } from './client/requester.ts'
export type { EventNews } from './client/watch-events.ts'
export { type CloseReason, closeCodes, endsAgent } from './close-codes.ts'
export { type EventType, eventTypes, type GridEvent, gridEvent } from './events.ts'
export { defaultSubnet, explainGridSize, maxNodesPerOrder, nodesPerGrid } from './grid-size.ts'
export {
  type Grid,
  type GridCreate,
  type GridLogs,
  type GridUpdate,
  grid,
  gridCreate,
  gridLogs,
  gridMember,
  gridName,
  gridUpdate,
  gridUsers,
} from './grids.ts'
export {
  type AgentHealth,
  agentHealth,
  type HealthCheck,
  healthCheck,
  type NodeHealth,
  nodeHealth,
} from './health.ts'
export { type Ipv4Range, parseIpv4Range } from './ipv4-range.ts'
export { label, labelValue, mergeLabels } from './labels.ts'
export {
  type Metrics,
  metrics,
  type NetworkTraffic,
  networkTraffic,
  type Traffic,
  type Usage,
  usage,
} from './metrics.ts'
export { legacyNamePattern, nodeName, nodeNamePattern } from './names.ts'
export {
  type AccessToken,
  accessToken,
  type Enrolment,
  type EnrolmentCreate,
  type EnrolmentState,
  type EnrolRequest,
  enrolment,
  enrolmentCreate,
  enrolmentState,
  enrolRequest,
  hostKey,
  type MachineIdentity,
  type MasterInfo,
  machineIdentity,
  masterInfo,
  type Node,
  type NodeCreate,
  type NodeReplace,
  type NodeStatus,
  type NodeTokenChange,
  type NodeUpdate,
  node,
  nodeCreate,
  nodeReplace,
  nodeStatus,
  nodeToken,
  nodeTokenChange,
  nodeUpdate,
  orderId,
  requiredFeatures,
  sshUser,
  type User,
  user,
} from './rest.ts'
export {
  decodeFrame,
  encodeFrame,
  FrameError,
  type HostInfo,
  type HostStatistics,
  hostInfo,
  hostStatistics,
  type MasterGreeting,
  masterGreeting,
  type NodeInfo,
  nodeInfo,
  type RpcError,
  type RpcFrame,
  rpcError,
} from './rpc.ts'
export {
  type AuthorizationCode,
  authorizationCode,
  emailAddress,
  type Invitation,
  type InvitationCreate,
  invitation,
  invitationCreate,
  type MasterConfiguration,
  masterConfiguration,
  type RoleName,
  roleGrant,
  roleNames,
  type TokenCreate,
  type TokenInfo,
  tokenCreate,
  tokenInfo,
} from './users.ts'
