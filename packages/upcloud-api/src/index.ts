export type { Account, AccountDetails, AccountsApi } from './accounts.ts'
export type { AddressesApi, IpAddress } from './addresses.ts'
export type { UpcloudCredentials } from './authorization.ts'
export {
  type CatalogApi,
  type Plan,
  type Price,
  type PriceList,
  planPrice,
  type Zone,
} from './catalog.ts'
export { openUpcloudClient, type UpcloudClient, type UpcloudClientOptions } from './client.ts'
export {
  type InvalidParam,
  isUpcloudError,
  UpcloudError,
  type UpcloudErrorDetails,
  type UpcloudErrorKind,
} from './errors.ts'
export type { FirewallRule, FirewallRulesApi, Range } from './firewall-rules.ts'
export type { Labels } from './labels.ts'
export type { Network, NetworksApi, NewIpNetwork, NewNetwork } from './networks.ts'
export type { LoginUser, NewServer, NewServerInterface, NewServerStorage } from './new-server.ts'
export type { AntiAffinity, NewServerGroup, ServerGroup, ServerGroupsApi } from './server-groups.ts'
export type { Server, ServerDetails, ServerInterface, ServerStorage } from './server-schema.ts'
export type { DeleteServer, ServerChanges, ServersApi, Stop } from './servers.ts'
export type {
  NewStorage,
  Storage,
  StorageDetails,
  StorageFilter,
  StoragesApi,
} from './storages.ts'
export type { AnswerInfo, CallOptions, Hooks, RequestInfo } from './transport.ts'
