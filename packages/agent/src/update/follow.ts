import type { Trust } from '../connection/trust.ts'
import type { Log } from '../log.ts'
import type { Pace } from '../pace.ts'
import { reasonOf } from '../reason-of.ts'
import { passes } from '../repeat.ts'
import { downloadAgent } from './download.ts'
import { isGuarded } from './guarded-way.ts'
import { type Bundle, replaceAgent, sha256 } from './replace-agent.ts'
import { filesBeside, isOnTrial, keepAgent, readTrial } from './trial.ts'

export interface FollowOptions {
  /** Undefined where the agent came with its image, and stays. */
  readonly bundle: Bundle | undefined
  readonly url: string
  readonly trust: Trust
  /** Milliseconds over which agents spread their downloads. */
  readonly spread: number
  readonly pace: Pace
  readonly log: Log
  readonly signal: AbortSignal
  readonly random?: (() => number) | undefined
  readonly wait?: typeof passes | undefined
}

/** Makes this agent what its master hands out. */
export interface Follower {
  /** The master said which agent it hands out. */
  hear(hash: string | undefined): void
  /** This agent is online, which ends its trial. May be called again. */
  online(): Promise<void>
  /** Resolves, once nothing is under way, to whether another agent stands in this one's place. */
  settled(): Promise<boolean>
  /** Aborted once another agent stands in this one's place, and this one is to end. */
  readonly replaced: AbortSignal
}

export function openFollower(options: FollowOptions): Follower {
  const { bundle, log, url } = options
  if (bundle === undefined) {
    return stayAtHome(
      log,
      'this agent came with its image and does not follow the one of its master',
    )
  }
  if (!isGuarded(url, options.trust)) {
    return stayAtHome(
      log,
      'without verified TLS nobody knows whose agent the master hands out: not following',
    )
  }
  return followMaster({ ...options, bundle })
}

function followMaster(options: BecomeOptions): Follower {
  const { bundle, pace, log, wait = passes } = options
  const replaced = new AbortController()
  let over = new AbortController()
  let wanted = bundle.hash
  let attempt = Promise.resolve(false)

  /** One at a time, as all write the same files. */
  async function attemptAfter(
    before: Promise<boolean>,
    hash: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (await before) return true
    const outcome = await become(hash, { ...options, signal })
    if (outcome === 'later') void attemptLater(hash, signal)
    if (outcome === 'there') replaced.abort()
    return outcome === 'there'
  }

  async function attemptLater(hash: string, signal: AbortSignal): Promise<void> {
    if (await wait(pace.followAgain, signal)) attempt = attemptAfter(attempt, hash, signal)
  }

  return {
    hear(hash) {
      if (hash === undefined || hash === wanted) return
      wanted = hash
      over.abort()
      over = new AbortController()
      if (hash === bundle.hash) return
      attempt = attemptAfter(attempt, hash, AbortSignal.any([options.signal, over.signal]))
    },
    online: keepOnce(bundle, log),
    settled: () => attempt,
    replaced: replaced.signal,
  }
}

function stayAtHome(log: Log, reason: string): Follower {
  let wasTold = false
  return {
    hear(hash) {
      if (hash !== undefined && !wasTold) log('info', reason)
      wasTold = true
    },
    online: async () => {},
    settled: async () => false,
    replaced: new AbortController().signal,
  }
}

interface BecomeOptions extends FollowOptions {
  readonly bundle: Bundle
}

/** Whether the other agent is in its place, is to be tried again later, or is not wanted. Never rejects. */
async function become(hash: string, options: BecomeOptions): Promise<'there' | 'later' | 'never'> {
  const { bundle, log, signal, random = Math.random, wait = passes } = options
  const trial = await readTrial(filesBeside(bundle.file).trial)
  if (trial?.state === 'r' && trial.hash === hash) {
    log('warn', `the master hands out agent ${short(hash)}, which did not get online here before`)
    return 'never'
  }
  const delay = random() * options.spread
  log(
    'info',
    `the master hands out agent ${short(hash)}: following in ${Math.ceil(delay / 1000)} s`,
  )
  if (!(await wait(delay, signal))) return 'never'
  try {
    await replaceAgent(bundle, await download(hash, options))
    log('info', `agent ${short(hash)} takes over`)
    return 'there'
  } catch (error) {
    if (signal.aborted) return 'never'
    const reason = reasonOf(error)
    log('warn', `agent ${short(hash)} is not here, staying ${short(bundle.hash)}: ${reason}`)
    return 'later'
  }
}

async function download(hash: string, options: BecomeOptions): Promise<Buffer> {
  const limit = AbortSignal.timeout(options.pace.download)
  const signal = AbortSignal.any([options.signal, limit])
  const content = await downloadAgent(hash, { ...options, signal }).catch((cause: unknown) => {
    if (!limit.aborted) throw cause
    throw new Error(`the master did not send it in ${options.pace.download / 1000} s`, { cause })
  })
  if (sha256(content) !== hash) throw new Error('the master sent something else')
  return content
}

/** Ends the trial that the record tells of. A record that cannot be written is tried again. */
function keepOnce({ file, hash }: Bundle, log: Log): () => Promise<void> {
  let isKept = false
  return async () => {
    if (isKept) return
    const { trial: record } = filesBeside(file)
    const trial = await readTrial(record)
    try {
      if (trial?.hash === hash && isOnTrial(trial)) {
        await keepAgent(record)
        log('info', `agent ${short(hash)} is online and stays`)
      }
      isKept = true
    } catch (error) {
      log('warn', `agent ${short(hash)} is online, which could not be kept: ${reasonOf(error)}`)
    }
  }
}

function short(hash: string): string {
  return hash.slice(0, 12)
}
