import type { Socket } from 'node:net'
import { refuseUpgrade } from '../gateway/refuse-upgrade.ts'

/** What Node's parser says of a request that never became one (https://nodejs.org/api/http.html#event-clienterror). */
const refusals: Readonly<Record<string, { status: number; text: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, text: 'The request took too long' },
  HPE_HEADER_OVERFLOW: { status: 431, text: 'The headers are too long' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, text: 'The chunk extensions are too long' },
}

/** Answers what cannot be read as HTTP, and ends that connection. */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = refusals[error.code ?? ''] ?? { status: 400, text: 'This is not HTTP' }
  refuseUpgrade(socket, { ...refusal, headers })
}
