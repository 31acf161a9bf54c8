import { randomBytes } from 'node:crypto'
import { type MasterMachine, type MasterSession, ProvisionError } from '@kontena/core'
import { gridName, openMasterClient } from '@kontena/protocol'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { readConfig, updateServer } from '../master/config.ts'
import { logIn } from '../master/log-in.ts'
import { takeAway, untilAnswering, untilSetUp } from '../master/master-machines.ts'
import { packMasterProgram } from '../master/master-program.ts'
import { parseDuration } from '../options/duration.ts'
import { given } from '../options/given.ts'
import { isSameMaster } from '../options/master-url.ts'
import { parseSchemaOptions } from '../options/option-schema.ts'
import { parseFlags, type RawFlags } from '../options/parse-flags.ts'
import { spin } from '../output/spinner.ts'
import { version } from '../version.ts'
import { type MastersInput, openMasters } from './provider-master-input.ts'

const flags = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower case letters, digits and dashes')
    .optional(),
  grid: gridName.default('test'),
  login: z.boolean().default(true),
  timeout: z.string().default('30m'),
})
type Flags = z.infer<typeof flags>

/** A master that answers, and what its first user has. */
interface Made extends MasterMachine {
  readonly authority: string
  readonly ca: string
  readonly adminCode: string
}

/** Lines of the console that are shown where a machine did not come up. */
const shownLines = 15
/** Milliseconds for what is left of a command that was interrupted. */
const cleanUpTime = 600_000

/** `kontena <provider> master create` */
export async function createMaster(
  input: MastersInput,
  typed: RawFlags,
  context: Context,
): Promise<void> {
  const parsed = parseFlags(flags, typed)
  const timeout = parseDuration(parsed.timeout, '--timeout')
  const options = parseSchemaOptions(input.masters.options, typed, context.env)
  const session = await openMasters({ input, context })
  const name = await nameOf(parsed, session, context)
  const call = { signal: context.signal }
  const facts = await session.preflight({ name, options }, call)
  const program = await packMasterProgram()
  const adminCode = randomBytes(16).toString('hex')
  for (const [key, value] of Object.entries(facts)) context.say(`  ${key}: ${value}`)
  const order = { name, options, program, adminCode }
  await spin(context, `Starting the machine of ${name}`, () => session.create(order, call))
  const made = await orTakeAway(name, { session, input, context }, async () => {
    const machine = await spin(context, `Setting up the master ${name}`, () =>
      untilSetUp(session, name, { timeout, ...call }),
    )
    const ca = await spin(context, `Waiting for ${machine.url}`, () =>
      untilAnswering(machine, { timeout, ...call }),
    )
    return { ...machine, ca, adminCode }
  })
  await (parsed.login ? enter(made, parsed, { input, context }) : tell(made, context))
}

/** The name that was typed, or the first of the usual ones that nothing here has. */
async function nameOf({ name }: Flags, session: MasterSession, context: Context): Promise<string> {
  if (name !== undefined) return name
  const { servers } = await readConfig(context.configFile)
  const machines = await session.list({ signal: context.signal })
  const taken = new Set([...servers, ...machines].map((one) => one.name))
  let number = 1
  const usual = (): string => (number === 1 ? 'kontena-master' : `kontena-master-${number}`)
  while (taken.has(usual())) number += 1
  return usual()
}

interface Undo {
  readonly session: MasterSession
  readonly input: MastersInput
  readonly context: Context
}

/** A machine of ours that nobody can use is not left: what it said is told, and it goes. */
async function orTakeAway(
  name: string,
  { session, input, context }: Undo,
  make: () => Promise<Made>,
): Promise<Made> {
  try {
    return await make()
  } catch (error) {
    const signal = AbortSignal.timeout(cleanUpTime)
    await showConsole(name, session, { context, signal })
    try {
      await takeAway(session, name, signal)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new ProvisionError('LEFT_BEHIND', `the machine of ${name} is left: ${why}`, {
        cause: error,
        hint: `take it away with: kontena ${input.provider.name} master terminate ${name}`,
      })
    }
    throw error
  }
}

async function showConsole(
  name: string,
  session: MasterSession,
  { context, signal }: { context: Context; signal: AbortSignal },
): Promise<void> {
  if (context.signal.aborted) return
  const text = await session.consoleLog(name, { signal }).catch(() => undefined)
  if (text === undefined) return
  context.emit({ type: 'console', name, lines: text.split('\n').slice(-shownLines) })
}

/** Logs in, and makes the first grid, so that nodes can be made next. */
async function enter(
  { name, url, ca, adminCode }: Made,
  { grid }: Flags,
  { input, context }: { input: MastersInput; context: Context },
): Promise<void> {
  await logIn(context, {
    url,
    name,
    ca,
    credential: { code: adminCode },
    grid: undefined,
    selectFirstGrid: false,
    silent: false,
  })
  // Not by the environment, which may name another master.
  const { servers } = await readConfig(context.configFile)
  const entry = servers.find((server) => server.name === name && isSameMaster(server.url, url))
  const client = openMasterClient({ url, ca, token: entry?.token ?? undefined, version })
  await spin(context, `Creating ${grid} grid`, async () => {
    await client.createGrid({ name: grid, initial_size: 1 }, context.signal)
    await updateServer(context.configFile, name, { grid })
  })
  const other = given(context.env.KONTENA_URL)
  if (other !== undefined) {
    context.warn(`KONTENA_URL says that ${other} is meant`, 'unset it to work with the new master')
  }
  context.say(`Make nodes with: kontena ${input.provider.name} node create`)
}

function tell({ name, url, adminCode, authority }: Made, context: Context): void {
  if (context.json) {
    context.printJson({ name, url, admin_code: adminCode, ca_sha256: authority })
    return
  }
  context.say('Log in with this code, which works once:')
  context.say(
    `  kontena master login ${url} --name ${name} --code ${adminCode} --ca-sha256 ${authority}`,
  )
}
