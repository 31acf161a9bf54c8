import { type Labels, writeLabels } from './labels.ts'
import { onOff, yesNo } from './values.ts'

/** A disk of a server to come. */
export type NewServerStorage = {
  /** 1 to 64 characters. */
  readonly title?: string | undefined
  readonly sizeGib?: number | undefined
  readonly tier?: string | undefined
} & (
  | {
      /** A template's or storage's copy, or what is there already. */
      readonly action: 'clone' | 'attach'
      readonly storage: string
    }
  | { readonly action: 'create'; readonly storage?: undefined }
)

export interface NewServerInterface {
  readonly type: 'public' | 'utility' | 'private'
  /** Uuid of a private network. */
  readonly network?: string | undefined
  readonly family?: 'IPv4' | 'IPv6' | undefined
}

/** What a server is to be; the API chooses where a field is absent. */
export interface NewServer {
  readonly zone: string
  readonly title: string
  readonly hostname: string
  /** Name of a plan; without it cores and memory stand for themselves. */
  readonly plan?: string | undefined
  readonly cores?: number | undefined
  readonly memoryMib?: number | undefined
  readonly storages: readonly NewServerStorage[]
  readonly interfaces?: readonly NewServerInterface[] | undefined
  /** The metadata service, without which templates of the type `cloud-init` are refused. */
  readonly metadata?: boolean | undefined
  readonly firewall?: boolean | undefined
  readonly userData?: string | undefined
  readonly timezone?: string | undefined
  readonly labels?: Labels | undefined
  readonly serverGroup?: string | undefined
  readonly loginUser?: LoginUser | undefined
  readonly passwordDelivery?: 'none' | 'email' | 'sms' | undefined
  readonly remoteAccess?: boolean | undefined
}

export interface LoginUser {
  readonly username?: string | undefined
  readonly createPassword?: boolean | undefined
  readonly sshKeys?: readonly string[] | undefined
}

/** As the API wants it; JSON leaves out what is undefined. */
export function writeNewServer(server: NewServer) {
  const { labels, interfaces, metadata, firewall, remoteAccess } = server
  return {
    zone: server.zone,
    title: server.title,
    hostname: server.hostname,
    plan: server.plan,
    core_number: server.cores?.toString(),
    memory_amount: server.memoryMib?.toString(),
    metadata: metadata === undefined ? undefined : yesNo(metadata),
    firewall: firewall === undefined ? undefined : onOff(firewall),
    remote_access_enabled: remoteAccess === undefined ? undefined : yesNo(remoteAccess),
    user_data: server.userData,
    timezone: server.timezone,
    server_group: server.serverGroup,
    password_delivery: server.passwordDelivery,
    labels: labels === undefined ? undefined : { label: writeLabels(labels) },
    login_user: server.loginUser === undefined ? undefined : writeLoginUser(server.loginUser),
    storage_devices: { storage_device: server.storages.map(writeStorage) },
    networking:
      interfaces === undefined
        ? undefined
        : { interfaces: { interface: interfaces.map(writeInterface) } },
  }
}

function writeLoginUser({ username, createPassword, sshKeys }: LoginUser) {
  return {
    username,
    create_password: createPassword === undefined ? undefined : yesNo(createPassword),
    ssh_keys: sshKeys === undefined ? undefined : { ssh_key: sshKeys },
  }
}

function writeStorage({ action, storage, title, sizeGib, tier }: NewServerStorage) {
  return { action, storage, title, size: sizeGib, tier }
}

function writeInterface({ type, network, family = 'IPv4' }: NewServerInterface) {
  return { type, network, ip_addresses: { ip_address: [{ family }] } }
}
