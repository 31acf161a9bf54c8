import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  defineProvider,
  type MasterMachine,
  type MasterOrder,
  type MasterSession,
  type Provider,
  ProvisionError,
} from '@kontena/core'
import { type RunningMaster, startMaster } from '@kontena/master'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

export const hostKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBg'

/** How the machines of the double behave. */
export interface MoonBehaviour {
  /** Why a machine fails where it is set up. */
  fails?: string
  /** Nothing answers at the master's address. */
  isSilent?: boolean
  /** Somebody else's master answers there. */
  isOther?: boolean
  /** How often a machine is busy before it goes, or why it never does. */
  busy?: number
  stays?: string
}

interface Made {
  machine: MasterMachine
  server: RunningMaster | undefined
  order: MasterOrder
}

/** A provider `moon` whose machines are masters in this process. They end with the test. */
export async function openMoon(behaviour: MoonBehaviour = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'kontena-moon-'))
  const made = new Map<string, Made>()
  const calls: string[] = []
  let busy = behaviour.busy ?? 0
  onTestFinished(async () => {
    await Promise.all([...made.values()].map(({ server }) => server?.close()))
    await rm(folder, { recursive: true, force: true })
  })
  const find = (name: string): Made => {
    const one = made.get(name)
    if (one === undefined) throw new ProvisionError('NOT_FOUND', `no master ${name} on the moon`)
    return one
  }
  const start = (order: MasterOrder) =>
    startMaster({
      port: 0,
      tls: true,
      dataDir: join(folder, order.name),
      adminCode: order.adminCode,
      agentBundle: Buffer.from('the agent'),
    })
  const session: MasterSession = {
    preflight: async ({ name }) => {
      if (made.has(name)) throw new ProvisionError('NAME_TAKEN', `the moon has a master ${name}`)
      return { rock: 'basalt' }
    },
    create: async (order) => {
      calls.push(`create ${order.name}`)
      const { fails, isSilent, isOther } = behaviour
      const server = fails === undefined ? await start(order) : undefined
      const machine: MasterMachine = {
        name: order.name,
        state: fails === undefined ? 'running' : 'failed',
        reason: fails,
        url: isSilent || server === undefined ? 'https://127.0.0.1:9' : server.url,
        authority: isOther ? 'f'.repeat(64) : server?.caSha256,
      }
      made.set(order.name, { machine, server, order })
      return { ...machine, state: 'pending', authority: undefined }
    },
    list: async () => [...made.values()].map(({ machine }) => machine),
    start: async (name) => void calls.push(`start ${find(name).order.name}`),
    stop: async (name) => void calls.push(`stop ${find(name).order.name}`),
    restart: async (name) => void calls.push(`restart ${find(name).order.name}`),
    login: async (name) => {
      find(name)
      return { address: '127.0.0.1', port: 2222, user: 'moonwalker', hostKeys: [hostKey] }
    },
    terminate: async (name) => {
      calls.push(`terminate ${name}`)
      busy -= 1
      if (busy >= 0) throw new ProvisionError('BUSY', `${name} is in use`)
      if (behaviour.stays !== undefined) throw new ProvisionError('UNAVAILABLE', behaviour.stays)
      await made.get(name)?.server?.close()
      made.delete(name)
    },
    consoleLog: async () => Array.from({ length: 30 }, (_, line) => `line ${line + 1}`).join('\n'),
  }
  return { provider: moonWith(session), session, calls, names: () => [...made.keys()], find }
}

function moonWith(session: MasterSession): Provider {
  return defineProvider({
    name: 'moon',
    title: 'Moon',
    accessOptions: z.object({ crater: z.string().optional().meta({ description: 'Crater' }) }),
    machineOptions: z.object({}),
    limits: { userDataBytes: 1, batch: 1 },
    bootstrap: { gzip: false, metadataServices: [] },
    abilities: {
      restart: false,
      stop: false,
      consoleLog: false,
      master: true,
      firewall: { esp: 'host' },
      idempotentCreate: false,
    },
    masters: {
      options: z.object({
        rocks: z.number().default(3).meta({ description: 'Rocks of the machine' }),
      }),
      load: async () => () => session,
    },
    load: () => Promise.reject(new Error('no node is made here')),
  })
}
