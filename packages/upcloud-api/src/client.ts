import { type AccountsApi, accountsApi } from './accounts.ts'
import { type AddressesApi, addressesApi } from './addresses.ts'
import { authorize, type UpcloudCredentials } from './authorization.ts'
import { type CatalogApi, catalogApi } from './catalog.ts'
import { type FirewallRulesApi, firewallRulesApi } from './firewall-rules.ts'
import { type NetworksApi, networksApi } from './networks.ts'
import { type ServerGroupsApi, serverGroupsApi } from './server-groups.ts'
import { type ServersApi, serversApi } from './servers.ts'
import { type StoragesApi, storagesApi } from './storages.ts'
import { type Hooks, openTransport } from './transport.ts'

export type UpcloudClientOptions = UpcloudCredentials &
  Hooks & {
    /** Scheme and host, without `/1.3`; UpCloud's own where absent. */
    readonly baseUrl?: string | undefined
    readonly fetch?: typeof globalThis.fetch | undefined
    readonly userAgent?: string | undefined
    /** Milliseconds until an answer must be there as a whole; 60 s where absent. */
    readonly timeout?: number | undefined
  }

/**
 * The API 1.3 in sane types. It sends one request for each call, pages of a long list excepted, and
 * neither retries nor waits for what a call sets off. Every failure is an `UpcloudError`, but for a call
 * that its own signal cut off.
 */
export interface UpcloudClient extends CatalogApi {
  readonly accounts: AccountsApi
  readonly servers: ServersApi
  readonly storages: StoragesApi
  readonly addresses: AddressesApi
  readonly networks: NetworksApi
  readonly firewallRules: FirewallRulesApi
  readonly serverGroups: ServerGroupsApi
}

/** Makes no request. Throws a `TypeError` for credentials that cannot be any. */
export function openUpcloudClient(options: UpcloudClientOptions): UpcloudClient {
  const transport = openTransport({
    baseUrl: options.baseUrl ?? 'https://api.upcloud.com',
    authorization: authorize(options),
    fetch: options.fetch ?? globalThis.fetch,
    userAgent: options.userAgent ?? 'kontena-upcloud-api',
    timeout: options.timeout ?? 60_000,
    onRequest: options.onRequest,
    onAnswer: options.onAnswer,
  })
  return {
    ...catalogApi(transport),
    accounts: accountsApi(transport),
    servers: serversApi(transport),
    storages: storagesApi(transport),
    addresses: addressesApi(transport),
    networks: networksApi(transport),
    firewallRules: firewallRulesApi(transport),
    serverGroups: serverGroupsApi(transport),
  }
}
