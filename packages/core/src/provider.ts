import type { z } from 'zod'
import type { ProvisionError } from './errors.ts'
import type { IdRequests } from './id-requests.ts'
import type { MasterProvider } from './master-provider.ts'
import type { NetworkPolicy } from './network-policy.ts'
import type { RateBudget } from './rate-budget.ts'

/** Version of this contract, which a plug-in's manifest names; another one cannot be used with it. */
export const contractVersion = 1

/** What accompanies every call of a provider. */
export interface Call {
  /** Aborted when the command is cancelled or a deadline passes; the call then rejects at once. */
  readonly signal: AbortSignal
}

/** Which account (subscription, project) and region machines are made in: half of their identity. */
export interface Account {
  readonly id: string
  readonly region: string
  /** Machines run on this computer (a simulator, a local hypervisor) and can reach its loopback. */
  readonly local: boolean
}

/** Whose machines these are. Travels as tags `kontena:master`, `kontena:grid` and `kontena:order`. */
export interface Owner {
  /** The master's uuid. */
  readonly master: string
  readonly grid: string
}

/** What an order wants, as far as a provider must know before anything is spent. */
export interface MachineOrder {
  readonly owner: Owner
  /** How many machines. */
  readonly count: number
  readonly policy: NetworkPolicy
  /** Where machines are to reach the master; a provider that can try it from there does. */
  readonly masterUrl?: string
  /**
   * Public keys, one line each, which the bootstrap gives to the machines' own user. A cloud that wants
   * a key in its own call gets one of these, or one whose private half nobody has.
   */
  readonly sshKeys: readonly string[]
  /** The user's own tags, on which the right to make machines may depend. */
  readonly tags: Readonly<Record<string, string>>
}

/** What the provider found out in preflight: shown in the plan, and what a run then does. */
export interface Preflight {
  /** What machines are made of, in the cloud's own words: image, type, network, key pair. */
  readonly facts: Readonly<Record<string, string>>
  /** Mutating calls that {@link ProviderSession.prepare} is going to make; empty where all is there. */
  readonly sharedCalls: readonly string[]
  /** Name of the mutating call that makes machines. */
  readonly createCall: string
  /** Labels of the provider's own that each node gets, as in `type=t3.small`. */
  readonly labels: readonly string[]
  /** What the person should know, such as firewall rules wider than asked. */
  readonly warnings: readonly string[]
  /** What the chosen image reads at boot; {@link Provider.bootstrap} says it where absent. */
  readonly format?: BootstrapFormat
}

/**
 * What a machine's user data is: a document for cloud-init, one for Ignition (Flatcar), or a shell script
 * that root runs. The latter two tell no machines apart, so that a batch of them is one machine.
 */
export type BootstrapFormat = 'cloud-config' | 'ignition' | 'script'

/** A place inside the region where such machines can go. */
export interface Zone {
  readonly name: string
}

/**
 * What the machines of a grid share (firewall, network, key), in the provider's own terms. The
 * kernel hands it back to `create` and looks at none of it.
 */
export type Shared = Readonly<Record<string, unknown>>

export interface Prepared {
  readonly shared: Shared
  /**
   * CIDR ranges in which the grid's machines, and nobody else's, have their private addresses. A host
   * firewall admits the overlay from there; where the cloud's firewall does that, nobody reads it.
   */
  readonly network: readonly string[]
}

/** Machines that are made by one call: one zone, one bootstrap. */
export interface MachineBatch {
  readonly owner: Owner
  /** Goes into the tag `kontena:order`. */
  readonly order: string
  readonly zone: string
  /** Node names by launch index. */
  readonly names: readonly string[]
  /** User data as the machine is to receive it. */
  readonly userData: Uint8Array
  readonly shared: Shared
  /** The same for every repeat of this call; another for another attempt. 64 ASCII characters at most. */
  readonly token: string
  /** `all`: nothing is made where not all fit. `some`: as many as there is room for. */
  readonly minimum: 'all' | 'some'
  /** As in {@link MachineOrder.sshKeys}. */
  readonly sshKeys: readonly string[]
  /** The user's own tags. */
  readonly tags: Readonly<Record<string, string>>
}

export interface BatchResult {
  /** Machines that exist now. May be fewer than asked, also when {@link failure} is absent. */
  readonly machines: readonly Machine[]
  /** Why not all were made. */
  readonly failure?: ProvisionError
}

/**
 * `gone` machines cost nothing any more and never come back; a cloud may list them for a while.
 * `failed` ones exist but will never run.
 */
export type MachineState =
  | 'pending'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'going'
  | 'gone'
  | 'failed'

export interface Machine {
  readonly id: string
  /** The node's name, where the cloud knows it by now. */
  readonly name: string | undefined
  readonly state: MachineState
  readonly zone: string
  /** Position in its batch; undefined where the cloud has no batches. */
  readonly launchIndex: number | undefined
  readonly publicAddress: string | undefined
  readonly privateAddress: string | undefined
  readonly owner: Owner | undefined
  readonly order: string | undefined
  /** Idempotency token of the call that made it, where the cloud tells. */
  readonly token: string | undefined
  readonly type: string | undefined
  /** Why it is not running, in the cloud's words. */
  readonly reason: string | undefined
}

/**
 * By ids, or by ownership; an owner's machines of one order where it is given. With ids, the owner says
 * whose they most likely are, so that a cloud that cannot look up many ids at once can ask by its tag first.
 */
export type MachineQuery =
  | { readonly ids: readonly string[]; readonly owner?: Owner }
  | { readonly owner: Owner; readonly order?: string }

/** How a person logs in to a machine, as far as the provider knows better than the node record. */
export interface Login {
  /** Host name or IP address. */
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  /** Private key file. */
  readonly identityFile?: string | undefined
  /** As OpenSSH takes it after `-J`. */
  readonly jump?: string | undefined
}

/** One value that a person may choose for an option. */
export interface Choice {
  /** As it is typed after the flag. */
  readonly value: string
  readonly label: string
  /** What it costs, or what else speaks for or against it. */
  readonly hint?: string
}

/** Which option is asked about, by its key in the schema, and what is chosen already, by key. */
export interface ChoiceQuestion {
  readonly option: string
  readonly given: Readonly<Record<string, unknown>>
}

/**
 * One cloud account, opened with settings. It talks to its cloud and does nothing else: it does not
 * wait, retry, print or keep files. Every method may be called again after it failed or was cut off,
 * and rejects with a `ProvisionError` for whatever its cloud says.
 */
export interface ProviderSession {
  account(call: Call): Promise<Account>
  /** How many machines the options mean where they name them one by one; nobody has to count those. */
  count?(call: Call): Promise<number>
  /** Fails with what is wrong (credentials, image, size, quota, rights). Spends and changes nothing. */
  preflight(order: MachineOrder, call: Call): Promise<Preflight>
  /** Where such machines can go; never empty. */
  zones(call: Call): Promise<readonly Zone[]>
  /** Makes sure of what a grid's machines share. It only adds to a firewall that is there. */
  prepare(order: MachineOrder, call: Call): Promise<Prepared>
  /**
   * Starts machines in one zone; ownership tags travel in the call. Resolves to those that exist,
   * also when some failed. Rejects only when none was made, with `UNAVAILABLE` where that is unknown.
   */
  create(batch: MachineBatch, call: Call): Promise<BatchResult>
  /**
   * In as few calls as the cloud allows. Machines that the cloud no longer lists are absent, as are
   * those it does not list yet.
   */
  find(query: MachineQuery, call: Call): Promise<readonly Machine[]>
  /**
   * Takes machines away with their disks, interfaces and addresses, or takes the next step towards it
   * where a cloud wants several: the kernel calls again, a moment later, for machines that are neither
   * `going` nor `gone` by then. A machine that is gone is not an error. Tries every id, and rejects with
   * `BUSY` when some cannot be taken away just now.
   */
  terminate(ids: readonly string[], call: Call): Promise<void>
  /**
   * Removes what the owner's machines shared. Rejects with `BUSY` while a machine still holds on to it.
   * Resolves to the names of what stays, as somebody else uses it too.
   */
  removeShared(owner: Owner, call: Call): Promise<readonly string[]>
  restart?(ids: readonly string[], call: Call): Promise<void>
  /** Powers stopped machines on. One that runs is not an error. */
  start?(ids: readonly string[], call: Call): Promise<void>
  /** Powers machines off without taking them away. One that is off is not an error. */
  stop?(ids: readonly string[], call: Call): Promise<void>
  /** How to log in to a machine where that does not follow from its node record. Rejects with `NOT_FOUND`. */
  login?(id: string, call: Call): Promise<Login>
  /** Writes nodes' names on machines that were made in a batch, for people who look at the console. */
  nameMachines?(machines: readonly { id: string; name: string }[], call: Call): Promise<void>
  /** The end of the serial console, where the cloud keeps one. */
  consoleLog?(id: string, call: Call): Promise<string | undefined>
  /** What the cloud offers for an option that declares {@link OptionMeta.ask}; best first. */
  choices?(question: ChoiceQuestion, call: Call): Promise<readonly Choice[]>
}

/** What the command line knows of an option besides its type; goes into `.meta()` of a zod field. */
export interface OptionMeta {
  description: string
  /** Environment variable read where the flag is absent; of several, the first that is set. */
  env?: string | readonly string[]
  /** On a terminal, a person who did not give it is asked, with {@link ProviderSession.choices}. */
  ask?: boolean
  /** Shown for the value in help, as in `--region <name>`. */
  placeholder?: string
  /** Never shown, logged or put into a default. */
  secret?: boolean
}

/** Everything about a provider that can be known without loading its SDK. */
export interface Provider<
  Access extends z.ZodObject = z.ZodObject,
  Machine extends z.ZodObject = z.ZodObject,
> {
  /** The word on the command line and the value of the `provider=` label. */
  readonly name: string
  readonly title: string
  /** Options of every command: region and credentials. */
  readonly accessOptions: Access
  /** Name of the access option that chooses the region, where a session sees one region only. */
  readonly regionOption?: string
  /** Further options of `node create`. */
  readonly machineOptions: Machine
  readonly limits: {
    /** Bytes of user data, before base64. */
    readonly userDataBytes: number
    /** Machines one `create` can make. */
    readonly batch: number
  }
  readonly bootstrap: {
    /** What its machines read at boot, unless {@link Preflight.format} says otherwise; `cloud-config` where absent. */
    readonly format?: BootstrapFormat
    /** User data may be gzipped. */
    readonly gzip: boolean
    /**
     * Jinja expression in cloud-init's instance data for a machine's index in its batch, as in
     * `ds.meta_data.ami_launch_index`; absent where a batch is one machine.
     */
    readonly launchIndex?: string
    /**
     * Jinja expression for the machine's own name, where every machine of a batch is made with its
     * node's, as in `v1.local_hostname`.
     */
    readonly machineName?: string
    /** Jinja expression for {@link Machine.id} as the machine knows it; `v1.instance_id` where absent. */
    readonly machineId?: string
    /** How a machine without cloud-init learns its {@link Machine.id}; to be there for Ignition's documents. */
    readonly idRequests?: IdRequests
    /**
     * Services of the cloud that tell their caller what only the host may know: user data, credentials.
     * The host keeps containers away from them. Empty where the cloud does that itself.
     */
    readonly metadataServices: readonly MetadataService[]
  }
  readonly abilities: {
    readonly restart: boolean
    /**
     * Its machines are there before, and each is named: none is counted or tagged, and none is given keys
     * or a cloud-config.
     */
    readonly lent?: boolean
    /** Machines can be stopped and started again. */
    readonly stop: boolean
    /** {@link ProviderSession.login} is there, so that logging in is worth loading the provider. */
    readonly login?: boolean
    readonly consoleLog: boolean
    /** `kontena <provider> master create` exists, and {@link Provider.masters} does it. */
    readonly master: boolean
    /** Who admits ESP between nodes: the cloud's firewall or one on the host. */
    readonly firewall: { readonly esp: 'cloud' | 'host' }
    /** The cloud recognizes a repeated create by {@link MachineBatch.token}. */
    readonly idempotentCreate: boolean
  }
  /** Present where {@link abilities.master} says so. */
  readonly masters?: MasterProvider
  /** The service is no more: no machine can be made, and all there were are gone. */
  readonly ended?: { readonly message: string; readonly hint: string }
  load(): Promise<OpenProvider<z.infer<Access>, z.infer<Machine>>>
}

export interface MetadataService {
  readonly address: string
  /** TCP ports; every protocol and port where absent. */
  readonly ports?: readonly number[]
}

/** Settings come parsed. Machine options are absent for commands that make none. */
export type OpenProvider<Access = unknown, Machine = unknown> = (settings: {
  access: Access
  machine: Machine | undefined
  /** Asked before each request to the cloud, and told what its answers say of further ones. */
  rate: RateBudget
  /** A folder of the provider's own on this computer, which may not be there yet. */
  folder: string
  /** Whose machines the command is about; absent where it only asks what there is to choose from. */
  owner?: Owner
}) => ProviderSession

/** Declares a provider; gives the schemas' types to `load` and checks nothing at run time. */
export function defineProvider<Access extends z.ZodObject, Machine extends z.ZodObject>(
  provider: Provider<Access, Machine>,
): Provider<Access, Machine> {
  return provider
}
