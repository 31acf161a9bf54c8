import type { Log } from '../../log.ts'
import { reasonOf } from '../../reason-of.ts'
import { openAsk } from './ask-service.ts'
import { askAws } from './aws.ts'
import { askAzure } from './azure.ts'
import type { Ask, CloudAddresses } from './cloud-addresses.ts'
import { type Cloud, cloudOfHost } from './cloud-of-host.ts'
import { askDigitalOcean } from './digitalocean.ts'
import { askUpcloud } from './upcloud.ts'

export interface MetadataOptions {
  /** Folder to read as `/sys`. */
  readonly sys: string
  /** Where the metadata service is; all four clouds have it at one address, which no router passes on. */
  readonly origin: string
  readonly log: Log
  readonly signal: AbortSignal
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number
}

export const usualOrigin = 'http://169.254.169.254'

/** What this machine's cloud says of its addresses. */
export interface Metadata {
  /**
   * Asks at first, when `about` is another than the last time, and each hour; else the last answer counts,
   * also while there is no new one. Undefined without a cloud. Takes two seconds at most, and never rejects.
   */
  read(about: string): Promise<CloudAddresses | undefined>
}

/** Milliseconds for all questions together, and how long an answer and a failure count. */
const deadline = 2_000
const usualAge = 3_600_000
const pause = 60_000

export function openMetadata(options: MetadataOptions): Metadata {
  const { sys, log, now = () => performance.now() } = options
  const found = cloudOfHost(sys)
  let known: CloudAddresses | undefined
  let complaint: string | undefined
  let last: { readonly about: string; readonly until: number } | undefined

  return {
    async read(about) {
      const cloud = await found
      const isFresh = last?.about === about && now() < last.until
      if (cloud === undefined || isFresh) return known
      try {
        known = await askCloud(cloud, options)
        last = { about, until: now() + usualAge }
        complaint = undefined
      } catch (error) {
        const reason = reasonOf(error)
        // Where an account has it switched off, it stays so.
        if (reason !== complaint) {
          log('warn', `the metadata service of ${cloud} tells no addresses: ${reason}`)
        }
        complaint = reason
        last = { about, until: now() + pause }
      }
      return known
    },
  }
}

const questions: Readonly<Record<Cloud, (ask: Ask) => Promise<CloudAddresses>>> = {
  aws: askAws,
  azure: askAzure,
  digitalocean: askDigitalOcean,
  upcloud: askUpcloud,
}

/** Asks once. Rejects with why there is no answer. */
export async function askCloud(
  cloud: Cloud,
  { origin, signal }: Pick<MetadataOptions, 'origin' | 'signal'>,
): Promise<CloudAddresses> {
  const limit = AbortSignal.timeout(deadline)
  try {
    return await questions[cloud](openAsk(origin, AbortSignal.any([signal, limit])))
  } catch (cause) {
    if (limit.aborted) throw new Error(`no answer in ${deadline / 1000} s`, { cause })
    throw new Error(brief(cause), { cause })
  }
}

/** What a service says that is no metadata of ours may be long. */
function brief(error: unknown): string {
  if (error instanceof SyntaxError) return 'it answers something else than JSON'
  if (error instanceof Error && error.name === 'ZodError') return 'it answers in an unknown form'
  return reasonOf(error)
}
