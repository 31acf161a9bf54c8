import { poll } from '@kontena/core'
import { ExecaError, execa } from 'execa'

/** A machine that is logged in to as people do, with the system's own `ssh`. */
export interface Guest {
  /** Runs a shell script as root and gives what it prints. Rejects when it fails. */
  root(script: string, signal: AbortSignal): Promise<string>
  /** The same, and undefined when it fails or nobody answers. */
  tryRoot(script: string, signal: AbortSignal): Promise<string | undefined>
  /** Looks with a script until it succeeds; every look may fail. Gives what it printed. */
  until(what: string, script: string, wait: Wait): Promise<string>
}

export interface Wait {
  readonly timeout: number
  readonly signal: AbortSignal
}

export interface GuestAddress {
  readonly address: string
  readonly port: number
  readonly user: string
  readonly identityFile: string
}

/** The script comes by stdin, where it needs no quotes, and is read whole before a line of it runs. */
const shell = `sudo sh -c 'script=$(cat); exec sh -ec "$script" < /dev/null'`

/**
 * Host keys are not looked at here, since nothing of this leaves the computer; that the product looks at
 * them is a proof of its own.
 */
export function openGuest({ address, port, user, identityFile }: GuestAddress): Guest {
  const target = [
    ...['-q', '-i', identityFile, '-p', String(port)],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
    ...['-o', 'ConnectTimeout=15', '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'],
    ...['-o', 'ServerAliveInterval=10', '-o', 'ServerAliveCountMax=6', '-F', '/dev/null'],
    `${user}@${address}`,
  ]
  const root = async (script: string, signal: AbortSignal): Promise<string> => {
    const options = { input: script, cancelSignal: signal }
    const { stdout } = await execa('ssh', [...target, shell], options)
    return stdout
  }
  const tryRoot = async (script: string, signal: AbortSignal): Promise<string | undefined> => {
    try {
      return await root(script, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ExecaError) return undefined
      throw error
    }
  }
  return {
    root,
    tryRoot,
    until: (reason, script, { timeout, signal }) =>
      poll({ reason, every: 2000, timeout, signal }, () => tryRoot(script, signal)),
  }
}
