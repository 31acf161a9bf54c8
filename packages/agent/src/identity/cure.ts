import { closeCodes } from '@kontena/protocol'
import { adviceFor } from '../connection/advice.ts'
import type { SessionEnd } from '../connection/session.ts'
import type { Log } from '../log.ts'
import type { NodeId } from './node-id.ts'

/** Changes the id that is another's, or says what to do about a refusal, once for as long as it is the same. */
export function openCure(nodeId: NodeId, log: Log): (end: SessionEnd) => Promise<void> {
  let last: number | undefined
  return async (end) => {
    const advice = end.code === last ? undefined : adviceFor(end.code)
    last = end.code
    if (sharesId(end) && (await nodeId.taken())) return
    if (advice !== undefined) log('warn', advice)
  }
}

/** Two machines with one id are refused as two nodes, or end each other's connections as one. */
function sharesId({ code, wasAccepted }: SessionEnd): boolean {
  if (code === closeCodes.replacedByNewConnection.code) return wasAccepted
  return code === closeCodes.nodeIdTaken.code
}
