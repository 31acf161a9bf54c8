import type { FailureCode } from '../errors.ts'
import type { PortRule } from '../network-policy.ts'
import type { MachineOrder, MachineState, Owner, Provider } from '../provider.ts'
import type { Climate, Condition, Incident } from './conditions.ts'

/**
 * What the kit must know to put a provider to the proof. All that a provider does is seen from outside:
 * by its HTTP requests, which pass a proxy of the kit's, and by what is in the cloud afterwards.
 */
export interface Subject {
  readonly provider: Provider
  /** URL of the module that exports it, as in `import.meta.resolve('../src/index.ts')`: it must load no SDK. */
  readonly entry?: string
  /**
   * Opens an empty simulated cloud in this process, on loopback. Each fact has one of its own, so it
   * should open in milliseconds. The kit drives its time: it must time everything with `setTimeout` and `Date`.
   * Never asked for a climate that the subject `cannot`.
   */
  openCloud(climate: readonly Climate[]): Promise<CloudUnderTest>
  /** What wrong input gets, as people type it. */
  readonly badInput: readonly BadInput[]
  /** Name and kind of a request; where absent, GET and HEAD read and everything else changes things. */
  readRequest?(request: HttpRequest): RequestKind
  /** What this cloud answers when it refuses, in its own words. */
  readonly words: Words
  /** Conditions that this cloud cannot be in, each with the reason; facts that need one are left out. */
  readonly cannot?: Readonly<Partial<Record<Condition, string>>>
  /** Facts that are not met, by name (or by name and case, as the run prints them), each with the reason. */
  readonly except?: Readonly<Record<string, string>>
  /**
   * Milliseconds from the request to make a machine until it runs, and from the one to take it away until
   * it is gone: upper bounds, in the cloud's own time.
   */
  readonly times: { readonly boot: number; readonly gone: number }
  /** Options of `node create` that every order of the kit uses, by key. */
  readonly machine?: Readonly<Record<string, unknown>>
}

/** A simulated cloud, and what is true of it, whatever a provider makes of it. */
export interface CloudUnderTest {
  readonly endpoint: string
  /** The provider's folder on this computer; one that is not there where absent. */
  readonly folder?: string
  /**
   * What the endpoint would answer; undefined where it would drop the connection. A cloud that is simulated
   * in this process may spare requests their second way over HTTP so.
   */
  answer?(request: HttpRequest): Promise<HttpAnswer | undefined>
  /**
   * Variables with which a command would find the cloud at this URL (the proxy's), credentials included.
   * They stand in `process.env` while a fact runs, and in options that declare them as their `env`;
   * undefined hides a variable of this computer.
   */
  environment(endpoint: string): Readonly<Record<string, string | undefined>>
  /** Texts that no error may hold: tokens, keys, passwords. */
  readonly secrets: readonly string[]
  /** All machines that are there, of whomever; those that are gone may be among them. */
  machines(): readonly TrueMachine[]
  /** Everything else there that costs money or blocks a name: firewalls, networks, keys, disks, addresses. */
  things(): readonly TrueThing[]
  /** Inbound rules of the cloud's own firewall for this grid; empty where there is none. */
  rules(owner: Owner): readonly TrueRule[]
  /**
   * Puts things of somebody else there, named as ours would be: a machine of each node name, and a
   * firewall, a network and a key as {@link ProviderSession.prepare} would name them for the owner.
   */
  plantForeign(owner: Owner, names: readonly string[]): Promise<void> | void
  /** Brings about what only the cloud can. Never called for what the subject `cannot`. */
  arm(incident: Incident): Promise<void> | void
  close(): Promise<void> | void
}

export interface TrueMachine {
  /** As {@link Machine.id}. */
  readonly id: string
  /** Host name or other name that it was made with; undefined where it has none. */
  readonly name: string | undefined
  readonly state: MachineState
  readonly zone: string
  readonly launchIndex: number | undefined
  readonly owner: Owner | undefined
  readonly order: string | undefined
  readonly token: string | undefined
  /** User data as the machine received it. */
  readonly userData: Uint8Array | undefined
}

export interface TrueThing {
  /** The cloud's word, as in `security group`. */
  readonly kind: string
  readonly id: string
  readonly name: string | undefined
  /** Undefined for what carries no tags of ours. */
  readonly owner: Owner | undefined
  /** What must not change about it, as text; compared for things of others. */
  readonly details: string
}

/** A rule as a firewall tells it, which knows nothing of purposes. */
export type TrueRule = Omit<PortRule, 'purpose'>

export interface BadInput {
  /** As in `an unknown size`. */
  readonly what: string
  readonly access?: Readonly<Record<string, unknown>>
  readonly machine?: Readonly<Record<string, unknown>>
  readonly order?: Partial<MachineOrder>
  /** Over those of the cloud; undefined unsets. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What happens to the cloud before. */
  readonly incident?: Incident
  /** The cloud's answer to every request, instead of its own. */
  readonly answer?: (request: HttpRequest) => HttpAnswer
  /** Which call is to reject; `preflight` where absent. */
  readonly at?: 'account' | 'preflight' | 'create'
  readonly code: FailureCode
  /** What the message must hold, such as the name that is wrong. */
  readonly message?: RegExp
}

export interface HttpRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface RequestKind {
  /** The same for requests that ask for the same, without ids: `RunInstances`, `POST /droplets`. */
  readonly name: string
  /** It may make, change or take away. A dry run does not. */
  readonly changes: boolean
}

export interface Words {
  /** Too many requests; with the header `Retry-After` in seconds where given. */
  throttled(request: HttpRequest, retryAfter: number | undefined): HttpAnswer
  /** The cloud's own failure, such as 503. */
  broken(request: HttpRequest): HttpAnswer
  /** The credentials are good and lack the right. */
  denied(request: HttpRequest): HttpAnswer
  /** The credentials are not known. */
  unknownCredentials(request: HttpRequest): HttpAnswer
}
