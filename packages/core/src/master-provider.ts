import type { z } from 'zod'
import type { Call, Login, MachineState } from './provider.ts'

/** How a provider runs masters on machines of its own, as in `kontena <provider> master create`. */
export interface MasterProvider {
  /** Options of `master create`. */
  readonly options: z.ZodObject
  load(): Promise<OpenMasters>
}

export type OpenMasters = (settings: {
  /** Parsed by the provider's `accessOptions`. */
  access: Readonly<Record<string, unknown>>
  /** A folder of the provider's own on this computer, which may not be there yet. */
  folder: string
}) => MasterSession

/** What `master create` wants. */
export interface MasterOrder {
  /** Name of the master; the machine's, too. */
  readonly name: string
  /** Parsed by {@link MasterProvider.options}. */
  readonly options: Readonly<Record<string, unknown>>
  /** Gzipped tar of the program, of which `node dist/kontena.cjs master start` runs on Linux. */
  readonly program: Uint8Array
  /** With which the first user logs in, once. */
  readonly adminCode: string
}

export interface MasterMachine {
  readonly name: string
  /** `running` once the master's program is there and starts. */
  readonly state: MachineState
  /** Why it is not running. */
  readonly reason: string | undefined
  /** Where people and machines reach the master. */
  readonly url: string
  /**
   * SHA-256 in hex of the authority behind the master's certificate, as the machine told by a way on
   * which nobody else could; undefined until it has.
   */
  readonly authority: string | undefined
}

/** A login to a master's machine, which no node record tells. */
export interface MasterLogin extends Login {
  /** Keys that the machine shows, as `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[]
}

/**
 * Machines that run masters. Like a `ProviderSession` it does not wait, retry or print, and every method may
 * be called again after it failed or was cut off. A name that is not there rejects with `NOT_FOUND`.
 */
export interface MasterSession {
  /** Fails with what is wrong, spends and changes nothing. Resolves to what the machine is made of. */
  preflight(
    order: Pick<MasterOrder, 'name' | 'options'>,
    call: Call,
  ): Promise<Readonly<Record<string, string>>>
  /** Begins to make a machine. Rejects with `NAME_TAKEN` where there is one of the name. */
  create(order: MasterOrder, call: Call): Promise<MasterMachine>
  /** All that there are. */
  list(call: Call): Promise<readonly MasterMachine[]>
  start(name: string, call: Call): Promise<void>
  stop(name: string, call: Call): Promise<void>
  restart(name: string, call: Call): Promise<void>
  login(name: string, call: Call): Promise<MasterLogin>
  /** Takes the machine away with its data. Gone is no error; rejects with `BUSY` to be asked again. */
  terminate(name: string, call: Call): Promise<void>
  /** The end of what its console said. */
  consoleLog(name: string, call: Call): Promise<string | undefined>
}
