import { resolve } from 'node:path'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { findAgentBundle } from '../master/agent-bundle.ts'
import { masterData } from '../master/data-directory.ts'
import { logIn } from '../master/log-in.ts'
import { given } from '../options/given.ts'
import { parseMasterUrl } from '../options/master-url.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { port } from '../options/port.ts'
import { printable } from '../output/printable.ts'
import { untilInterrupted } from '../until-interrupted.ts'
import { version } from '../version.ts'

export interface MasterStartFlags {
  host?: string
  port?: string
  data?: string
  keyFile?: string
  publicUrl?: string
  tls?: boolean
  tlsCert?: string
  tlsKey?: string
  login?: boolean
  resetAdminCode?: boolean
  trustProxy?: readonly string[]
  insecureHttp?: boolean
}

const flags = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  port: port.default(9292),
  data: z.string().min(1).optional(),
  keyFile: z.string().min(1).optional(),
  publicUrl: z.string().optional(),
  tls: z.boolean().default(false),
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
  login: z.boolean().default(false),
  resetAdminCode: z.boolean().default(false),
  trustProxy: z.array(z.string()).optional(),
  insecureHttp: z.boolean().default(false),
})

/** What a start tells: where the master is, and at the first one how to log in. */
interface Started {
  readonly url: string
  /** Where other computers reach it, as far as it was told. */
  readonly publicUrl: string | undefined
  readonly adminCode?: string | undefined
  readonly caSha256?: string | undefined
  readonly caPem?: string | undefined
}

/** Runs a master until Ctrl-C or SIGTERM. */
export async function runMaster(typed: MasterStartFlags, context: Context): Promise<void> {
  const parsed = parseFlags(flags, { ...typed })
  const file = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(context.cwd, path)
  const agentBundle = await findAgentBundle()
  const { settingsOfEnvironment, startMaster } = await import('@kontena/master')
  const options = {
    host: parsed.host,
    port: parsed.port,
    dataDir: masterData(context, parsed.data),
    keyFile: file(parsed.keyFile),
    vaultKey: given(context.env.VAULT_KEY),
    publicUrl: parsed.publicUrl === undefined ? undefined : parseMasterUrl(parsed.publicUrl),
    tls: parsed.tls,
    tlsCert: file(parsed.tlsCert),
    tlsKey: file(parsed.tlsKey),
    trustProxy: parsed.trustProxy,
    insecureHttp: parsed.insecureHttp,
    adminCode: given(context.env.INITIAL_ADMIN_CODE),
    resetAdminCode: parsed.resetAdminCode,
    settings: settingsOfEnvironment(context.env),
    agentBundle,
    version,
  }
  const master = await startMaster(options, ({ line }) =>
    context.stderr.write(`${printable(line)}\n`),
  )
  try {
    await tell({ ...master, publicUrl: options.publicUrl }, parsed.login, context)
    await untilInterrupted(context.signal)
  } finally {
    await master.close()
  }
}

async function tell(master: Started, login: boolean, context: Context): Promise<void> {
  const { url, adminCode, caSha256 } = master
  const isLogin = login && adminCode !== undefined
  if (context.json) {
    const code = isLogin ? undefined : adminCode
    context.printJson({ url, admin_code: code, ca_sha256: caSha256 })
  } else {
    context.print(`Kontena Master ${version} listens at ${url}`)
  }
  if (isLogin) await logInHere({ ...master, adminCode }, context)
  else if (adminCode !== undefined) {
    context.say('Log in with this code, which works once:')
    context.say(loginCommand(master.publicUrl ?? url, adminCode, caSha256))
  } else if (login) {
    context.warn(
      'The admin code was given out at the first start, so nobody is logged in by it now',
      'start once with --reset-admin-code for a new one',
    )
  }
}

async function logInHere(master: Started & { adminCode: string }, context: Context): Promise<void> {
  await logIn(context, {
    url: master.url,
    name: undefined,
    ca: master.caPem,
    credential: { code: master.adminCode },
    grid: undefined,
    selectFirstGrid: true,
    silent: context.json,
  })
}

function loginCommand(url: string, code: string, caSha256: string | undefined): string {
  const pin = caSha256 === undefined ? '' : ` --ca-sha256 ${caSha256}`
  return `  kontena master login ${url} --code ${code}${pin}`
}
