import { isIP } from 'node:net'
import { type Login, ProvisionError } from '@kontena/core'
import { type Node, sshUser } from '@kontena/protocol'
import { z } from 'zod'
import { port } from '../options/port.ts'
import { type HostKey, readHostKeys } from './host-key.ts'

/** Flags of every `node ssh`, as they were typed. */
export interface SshFlags {
  readonly user?: string
  readonly port?: string
  readonly identityFile?: string
  readonly jump?: string
  readonly privateIp?: boolean
  readonly internalIp?: boolean
  readonly tty?: boolean
}

/** All that logging in to a node takes, checked. */
export interface SshTarget {
  readonly name: string
  readonly address: string
  readonly user: string
  readonly port: number | undefined
  readonly identityFile: string | undefined
  readonly jump: string | undefined
  /** The only keys that its machine may show; never empty. */
  readonly hostKeys: readonly HostKey[]
}

/** Accounts of a machine that was set up by other means may be named in other ways, as `first.last` or `DOMAIN\name`. */
const typedUser = z
  .string()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.@\\-]*$/u, 'is no name of an account')
const calledPort = port.pipe(z.number().min(1, 'must be a port'))
const hostName = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/
const jumps = z
  .string()
  .regex(
    /^(ssh:\/\/)?[A-Za-z0-9_[][\w.@:%[\]-]*(,(ssh:\/\/)?[A-Za-z0-9_[][\w.@:%[\]-]*)*$/,
    'must be [USER@]HOST[:PORT]',
  )

/**
 * Whom to call and how: by flags, else by what the node's provider knows, else by the node record.
 * Throws `BAD_OPTIONS` for what cannot be, and `NOT_SUPPORTED` for a machine that nobody could recognize.
 */
export function sshTarget(node: Node, login: Login, flags: SshFlags): SshTarget {
  const hostKeys = readHostKeys(node.host_keys)
  const place = placeOf(node, login, flags)
  const user = userOf(node, login, flags)
  if (hostKeys.length === 0) throw unknownMachine(node, user, place.address)
  return {
    name: node.name,
    ...place,
    user,
    identityFile: flags.identityFile ?? login.identityFile,
    hostKeys,
  }
}

/** Port and way that a provider knows lead to the address that it knows, and to no other of the machine's. */
function placeOf(
  node: Node,
  login: Login,
  flags: SshFlags,
): Pick<SshTarget, 'address' | 'port' | 'jump'> {
  const asked = askedAddress(node, flags)
  const known = asked === undefined ? login : {}
  const address = asked ?? known.address ?? node.public_ip ?? node.private_ip ?? ''
  if (isIP(address) === 0 && !hostName.test(address)) throw noAddress(node, address)
  return {
    address,
    port: flags.port === undefined ? known.port : given(calledPort, flags.port, '--port'),
    jump: flags.jump === undefined ? known.jump : given(jumps, flags.jump, '--jump'),
  }
}

function askedAddress(node: Node, { privateIp, internalIp }: SshFlags): string | undefined {
  if (privateIp && internalIp) {
    throw new ProvisionError('BAD_OPTIONS', 'Cannot combine --private-ip with --internal-ip')
  }
  if (privateIp) return node.private_ip ?? ''
  return internalIp ? (node.overlay_ip ?? '') : undefined
}

function userOf(node: Node, login: Login, flags: SshFlags): string {
  if (flags.user !== undefined) return given(typedUser, flags.user, '--user')
  const known = login.user ?? node.ssh_user
  if (sshUser.safeParse(known).success && typeof known === 'string') return known
  throw new ProvisionError(
    'BAD_OPTIONS',
    `nobody knows which account of ${node.name} a key opens`,
    {
      hint: 'name it with --user; machines that enrol with an SSH key of yours tell it themselves',
    },
  )
}

function given<T>(schema: z.ZodType<T>, text: string, flag: string): T {
  const parsed = schema.safeParse(text)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ProvisionError('BAD_OPTIONS', `${flag} ${text}: ${issue?.message}`)
}

function noAddress({ name, connected }: Node, address: string): ProvisionError {
  const what = address === '' ? 'has no such address on record' : `has ${address} for an address`
  return new ProvisionError('NOT_FOUND', `${name} ${what}`, {
    hint: connected
      ? `see what is known of it: kontena node show ${name}`
      : `its agent reports them once it is online; see: kontena node show ${name}`,
  })
}

function unknownMachine({ name }: Node, user: string, address: string): ProvisionError {
  return new ProvisionError(
    'NOT_SUPPORTED',
    `${name} has no SSH host keys on record, so no machine can be told to be its own`,
    {
      hint: `machines report them when they enrol; your own ssh may know this one: ssh ${user}@${address}`,
    },
  )
}
