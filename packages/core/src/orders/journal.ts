import fs from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { isFailure, ProvisionError } from '../errors.ts'
import { isAlive, type Listener, listenForLife, owningClaim, removeSocket } from './claim.ts'
import {
  type Act,
  type ClaimRecord,
  type IntentRecord,
  type JournalRecord,
  journalRecord,
  type OrderRecord,
  type ResultRecord,
} from './order-record.ts'

const appendExisting = fs.constants.O_RDWR | fs.constants.O_APPEND
/** An order's machines pass this many phases, each with the order's timeout. */
const phases = 4
/** Milliseconds that a command may take besides: enrolment, calls, clean-up. */
const cleanUpTime = 1_800_000

/** One order's file, owned by this process until it is closed or released. */
export interface Journal {
  readonly order: OrderRecord
  /** All intents so far with their results, also those of a process that died. */
  readonly entries: readonly JournalEntry[]
  /** Durable before it returns. Throws `LOCAL_FILE`, and then the call must not be made. */
  intend(act: Act): number
  /**
   * As {@link intend}, for calls that only take away: a full disk does not stop those, since the order's
   * first lines and the tags of its machines tell what is left.
   */
  intendRemoval(act: Act): number
  /** Told after the call; failing to write it loses nothing, as the intent can be looked up. */
  record(intent: number, outcome?: Pick<ResultRecord, 'machines' | 'failure'>): void
  /** The order is settled: nothing of it is left to look after. */
  close(): void
  /** Something is left: the file stays for the next command. */
  release(): void
}

/** An intent with the result that followed it, if any did. */
export interface JournalEntry {
  readonly intent: IntentRecord
  result: ResultRecord | undefined
}

/** An order as it stands on file. */
export interface OrderFile {
  readonly path: string
  readonly order: OrderRecord
  readonly claim: ClaimRecord | undefined
  readonly entries: readonly JournalEntry[]
}

/** Starts the journal of a new order and claims it. Throws `LOCAL_FILE`; nothing is spent by then. */
export async function openJournal(folder: string, order: OrderRecord): Promise<Journal> {
  const path = join(folder, `${order.id}.jsonl`)
  attempt(path, () => makeFolder(folder))
  return await claimFile(path, 'ax', (file, listener) => {
    try {
      // The claim stands first: whoever reads an order sees that it has an owner.
      append(file, newClaim(listener, null))
      append(file, order)
      syncFolder(path)
    } catch (error) {
      fs.rmSync(path, { force: true })
      throw error
    }
    return journalOn({ path, file, order, entries: [], listener })
  })
}

/** The orders that are not settled, oldest first. Files that hold no order yet are absent. */
export function listOrders(folder: string): OrderFile[] {
  if (!fs.existsSync(folder)) return []
  return attempt(folder, () => fs.readdirSync(folder))
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readOrder(join(folder, name)) ?? [])
}

/** Whether some living process works on this order now. */
export async function isOwned({ claim, order }: OrderFile): Promise<boolean> {
  return claim !== undefined && (await isAlive(claim, phases * order.timeout + cleanUpTime))
}

/** Takes a dead process's order over; undefined where its owner lives or another was quicker. */
export async function takeOver(file: OrderFile): Promise<Journal | undefined> {
  if (await isOwned(file)) return undefined
  try {
    return await claimFile(file.path, appendExisting, (handle, listener) => {
      append(handle, newClaim(listener, file.claim?.socket ?? null))
      const now = readOrder(file.path)
      if (now?.claim?.socket !== listener.socket) return undefined
      if (file.claim !== undefined) removeSocket(file.claim.socket)
      return journalOn({ ...now, file: handle, listener })
    })
  } catch (error) {
    // Another has settled the order since, and taken its file away.
    if (isFailure(error) && isMissing(error.cause)) return undefined
    throw error
  }
}

/** Opens a journal's file beside a listener; keeps neither where no journal comes of it. */
async function claimFile<T extends Journal | undefined>(
  path: string,
  flags: string | number,
  work: (file: number, listener: Listener) => T,
): Promise<T> {
  const listener = await listen(path)
  let file: number | undefined
  let journal: T | undefined
  try {
    file = fs.openSync(path, flags, 0o600)
    journal = work(file, listener)
    return journal
  } catch (error) {
    throw isFailure(error) ? error : fileFailure(path, error)
  } finally {
    if (journal === undefined) {
      if (file !== undefined) fs.closeSync(file)
      listener.close()
    }
  }
}

function readOrder(path: string): OrderFile | undefined {
  const records = readRecords(path)
  const order = records.find((record) => record.type === 'order')
  if (order === undefined) return undefined
  const results = new Map(
    records.flatMap((record) => (record.type === 'result' ? [[record.n, record] as const] : [])),
  )
  return {
    path,
    order,
    claim: owningClaim(records.filter((record) => record.type === 'claim')),
    entries: records.flatMap((record) =>
      record.type === 'intent' ? [{ intent: record, result: results.get(record.n) }] : [],
    ),
  }
}

/** A line that does not parse was cut off by a crash or a full disk: its call was never made. */
function readRecords(path: string): JournalRecord[] {
  let text: string
  try {
    text = fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return []
    throw fileFailure(path, error)
  }
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = journalRecord.safeParse(JSON.parse(line))
      return parsed.success ? [parsed.data] : []
    } catch {
      return []
    }
  })
}

function journalOn(state: {
  path: string
  file: number
  order: OrderRecord
  entries: readonly JournalEntry[]
  listener: Listener
}): Journal {
  const { path, file, listener } = state
  const entries = [...state.entries]
  const nextIntent = (act: Act): IntentRecord => {
    const n = (entries.at(-1)?.intent.n ?? 0) + 1
    return { type: 'intent', at: Date.now(), n, act }
  }
  const appendIfRoom = (record: JournalRecord): void => {
    try {
      append(file, record)
    } catch {
      // A full disk here costs only a look-up when the order has to be settled.
    }
  }
  const leave = (): void => {
    fs.closeSync(file)
    listener.close()
  }
  return {
    order: state.order,
    entries,
    intend: (act) => {
      const intent = nextIntent(act)
      attempt(path, () => append(file, intent))
      entries.push({ intent, result: undefined })
      return intent.n
    },
    intendRemoval: (act) => {
      const intent = nextIntent(act)
      appendIfRoom(intent)
      entries.push({ intent, result: undefined })
      return intent.n
    },
    record: (n, outcome = {}) => {
      const result: ResultRecord = { type: 'result', at: Date.now(), n, ...outcome }
      const entry = entries.find(({ intent }) => intent.n === n)
      if (entry !== undefined) entry.result = result
      appendIfRoom(result)
    },
    close: () => {
      fs.rmSync(path, { force: true })
      syncFolder(path)
      leave()
    },
    release: leave,
  }
}

function newClaim(listener: Listener, after: string | null): ClaimRecord {
  return {
    type: 'claim',
    at: Date.now(),
    after,
    socket: listener.socket,
    host: hostname(),
    pid: process.pid,
  }
}

/** The newline stands first, so that a line cut off by a full disk spoils no other. */
function append(file: number, record: JournalRecord): void {
  const line = Buffer.from(`\n${JSON.stringify(record)}`)
  if (fs.writeSync(file, line) !== line.length) throw new Error('the disk is full')
  fs.fsyncSync(file)
}

/** A new or removed name is durable only once its folder is. Windows cannot sync a folder. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = fs.openSync(dirname(path), 'r')
  try {
    fs.fsyncSync(folder)
  } finally {
    fs.closeSync(folder)
  }
}

async function listen(path: string): Promise<Listener> {
  try {
    return await listenForLife(dirname(path))
  } catch (error) {
    throw fileFailure(path, error)
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw fileFailure(path, error)
  }
}

/** Step by step: Node's own recursive mkdir never ends below a folder that takes none, such as /proc. */
function makeFolder(folder: string): void {
  if (fs.existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another command made it in the meantime.
    if (!fs.existsSync(folder)) throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function fileFailure(path: string, error: unknown): ProvisionError {
  const reason =
    error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error)
  return new ProvisionError('LOCAL_FILE', `the order's journal ${path} cannot be kept: ${reason}`, {
    cause: error,
    hint: 'make room on that disk or set KONTENA_HOME to a folder that can be written',
  })
}
