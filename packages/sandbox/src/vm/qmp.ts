import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const message = z.looseObject({
  QMP: z.unknown().optional(),
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
})
const patience = 5000

/**
 * Tells a running qemu one thing over its monitor (QMP).
 *
 * @throws Error when it does not answer or refuses
 */
export async function tellQemu(path: string, command: string): Promise<void> {
  const socket = connect(path)
  const timer = setTimeout(() => socket.destroy(new Error('qemu does not answer')), patience)
  try {
    await once(socket, 'connect')
    const commands = ['qmp_capabilities', command]
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      const { QMP, return: result, error } = message.parse(JSON.parse(line))
      if (error !== undefined) throw new Error(`qemu refuses ${command}: ${error.desc}`)
      // Events come in between; they are neither greeting nor answer.
      if (QMP === undefined && result === undefined) continue
      const next = commands.shift()
      if (next === undefined) return
      socket.write(`${JSON.stringify({ execute: next })}\n`)
    }
    throw new Error('qemu closed its monitor')
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
