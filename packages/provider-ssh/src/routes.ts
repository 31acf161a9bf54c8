import { readFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { ProvisionError } from '@kontena/core'
import type { Route } from './connections.ts'
import type { Remembered } from './memory.ts'
import type { SshAccess, SshMachineOptions } from './options.ts'
import { type Address, nameOf, parseTarget, type Target } from './target.ts'

const usualPort = 22

/** Ways to the hosts that the options name, in their order. Throws for a file or a line that cannot be right. */
export async function namedRoutes(
  access: SshAccess,
  { host = [], hosts }: Pick<SshMachineOptions, 'host' | 'hosts'>,
): Promise<readonly Route[]> {
  const typed = host.flatMap((text) => parseTarget(text) ?? [])
  const listed = hosts === undefined ? [] : await readHosts(hosts)
  const routes = [...typed, ...listed].map((target) => routeTo(target, access))
  const [twice] = routes.filter(
    ({ address }, index) => routes.findIndex((other) => isSame(other.address, address)) !== index,
  )
  if (twice !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', `host ${nameOf(twice.address)} is named twice`, {
      hint: 'name each host once',
    })
  }
  if (routes.length > 0) return routes
  throw new ProvisionError('BAD_OPTIONS', 'no host is named', {
    hint: 'give --host [USER@]HOST[:PORT], once for each host, or --hosts FILE',
  })
}

/** The way to a machine that was made: as options say now, else as it was when it was made here. */
export function routeBack(
  address: Address,
  access: SshAccess,
  known: Remembered | undefined,
): Route {
  const { user, key, jump, pins = [] } = known ?? {}
  const route = routeTo(
    { ...address, user: undefined },
    {
      ...access,
      user: access.user ?? user,
      key: access.key ?? key,
      jump: access.jump ?? jump,
    },
  )
  return { ...route, pins: [...route.pins, ...pins] }
}

/** What of a route is worth remembering. */
export function traceOf({
  user,
  key,
  jump,
  pins,
}: Route): Pick<Remembered, 'user' | 'key' | 'jump' | 'pins'> {
  return {
    user,
    ...(key !== undefined && { key }),
    ...(jump !== undefined && { jump: jumpText(jump) }),
    pins: [...pins],
  }
}

/** As OpenSSH takes it after `-J`. */
export function jumpText({ user, address }: NonNullable<Route['jump']>): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${user}@${host}:${address.port}`
}

function routeTo(target: Target, access: SshAccess): Route {
  const { host, port, user } = target
  const between = access.jump === undefined ? undefined : parseTarget(access.jump)
  const usualUser = access.user ?? userInfo().username
  return {
    address: { host, port: port ?? access.port ?? usualPort },
    user: user ?? usualUser,
    key: access.key === undefined ? undefined : resolve(atHome(access.key)),
    jump: between && {
      address: { host: between.host, port: between.port ?? usualPort },
      user: between.user ?? usualUser,
    },
    pins: (access.hostKey ?? []).flatMap((text) => text.split(',')),
  }
}

/** No shell has read what comes from a variable. */
function atHome(file: string): string {
  return file.startsWith('~/') ? join(homedir(), file.slice(2)) : file
}

async function readHosts(file: string): Promise<Target[]> {
  const text = await readHostsFile(file)
  return text.split('\n').flatMap((line, index) => {
    const word = line.replace(/#.*/, '').trim()
    if (word === '') return []
    const target = parseTarget(word)
    if (target !== undefined) return target
    throw new ProvisionError('BAD_OPTIONS', `line ${index + 1} of --hosts ${file} is no host`, {
      hint: 'write one host on each line, as [USER@]HOST[:PORT]; what follows # is not read',
    })
  })
}

async function readHostsFile(file: string): Promise<string> {
  try {
    return await readFile(resolve(atHome(file)), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new ProvisionError('LOCAL_FILE', `--hosts ${file} cannot be read: ${code}`, {
      cause: error,
      hint: 'check the path, and that you may read it',
    })
  }
}

function isSame(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port
}
