import { type Call, isFailure, isLoopbackHost, readText } from '@kontena/core'
import { ArmError, readRefusal, unreadable } from './arm-error.ts'
import type { Cloud } from './clients.ts'
import { explain, isAzureError } from './errors.ts'
import type { Question } from './explanations.ts'
import { parseMachineId } from './machine-id.ts'

/** Characters of the console that are worth showing. */
const consoleTail = 16_384
/** Minutes for which the log's address is good; it is read at once. */
const addressLife = 5
const readTimeout = 30_000

/**
 * The serial log that boot diagnostics keep. ARM gives an address that is itself the key to it, which is
 * in no message. Undefined while there is none yet, or none any more.
 */
export async function readConsole(
  cloud: Cloud,
  id: string,
  call: Call,
): Promise<string | undefined> {
  const address = parseMachineId(id)
  if (address === undefined) return undefined
  const { group, name } = address
  const about = `the console of machine ${name}`
  const question = {
    action: 'Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action',
    about,
    ...call,
  }
  try {
    const { serialConsoleLogBlobUri } = await cloud.compute(question, ({ virtualMachines }) =>
      virtualMachines.retrieveBootDiagnosticsData(group, name, {
        sasUriExpirationTimeInMinutes: addressLife,
      }),
    )
    return serialConsoleLogBlobUri === undefined
      ? undefined
      : await readLog(cloud, { uri: serialConsoleLogBlobUri, question }, call)
  } catch (error) {
    // Azure says so of a machine that has not begun to boot.
    if (isAzureError(error, 'BootDiagnosticsNotReady') || isFailure(error, 'BUSY')) return undefined
    throw error
  }
}

async function readLog(
  cloud: Cloud,
  { uri, question }: { uri: string; question: Question },
  { signal }: Call,
): Promise<string | undefined> {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  const isSafe = url?.protocol === 'https:' || (url !== undefined && isLoopbackHost(url.hostname))
  if (url === undefined || !isSafe) throw explain(unreadable(200), question)
  await cloud.admit(signal)
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(readTimeout)]),
    })
    const { status } = answer
    if (status === 404) return undefined
    // Storage answers in words of its own, which may quote the address.
    const retryAfter = answer.headers.get('retry-after') ?? undefined
    if (!answer.ok) throw readRefusal({ status, body: undefined, retryAfter })
    const text = await readText(answer)
    // The blob is as long as its longest ever, and filled up.
    const log = text.replace(/\0+$/, '').slice(-consoleTail)
    return log === '' ? undefined : log
  } catch (error) {
    if (signal.aborted) throw signal.reason
    // What `fetch` throws may hold the address.
    throw explain(error instanceof ArmError ? error : unreadable(200), question)
  }
}
