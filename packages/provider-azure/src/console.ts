import { type Call, isFailure, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isLoopbackHost } from './endpoint.ts'
import { isAzureError } from './errors.ts'
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
      : await readLog(serialConsoleLogBlobUri, about, call)
  } catch (error) {
    // Azure says so of a machine that has not begun to boot.
    if (isAzureError(error, 'BootDiagnosticsNotReady') || isFailure(error, 'BUSY')) return undefined
    throw error
  }
}

async function readLog(uri: string, about: string, { signal }: Call): Promise<string | undefined> {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  const isSafe = url?.protocol === 'https:' || (url !== undefined && isLoopbackHost(url.hostname))
  if (url === undefined || !isSafe) throw unreadable(about)
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(readTimeout)]),
    })
    if (answer.status === 404) return undefined
    if (!answer.ok) throw unreadable(about, answer.status)
    const text = await answer.text()
    // The blob is as long as its longest ever, and filled up.
    const log = text.replace(/\0+$/, '').slice(-consoleTail)
    return log === '' ? undefined : log
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw isFailure(error) ? error : unreadable(about)
  }
}

/** Without a cause, as what `fetch` throws may hold the address. */
function unreadable(about: string, status?: number): ProvisionError {
  const why = status === undefined ? '' : ` (HTTP ${status})`
  return new ProvisionError('UNAVAILABLE', `Azure gave no usable answer about ${about}${why}`, {
    hint: 'see it under Boot diagnostics in the Azure portal',
  })
}
