/** What a message from the master is, without reading the lists of peers in it. */
export type Peeked =
  | { type: 'request'; id: number }
  | { type: 'response'; id: number; isError: boolean }
  | { type: 'notification'; method: string }

/**
 * Reads the beginning of a MessagePack-RPC message: ten thousand hosts decode their own messages,
 * one process that stands for all of them would do nothing else.
 */
export function peek(message: Buffer): Peeked | undefined {
  const type = message[1]
  if (type === 2) return { type: 'notification', method: text(message, 2) }
  const id = integer(message, 2)
  if (id === undefined) return undefined
  if (type === 1) return { type: 'response', id: id.value, isError: message[id.end] !== 0xc0 }
  return type === 0 ? { type: 'request', id: id.value } : undefined
}

function text(message: Buffer, start: number): string {
  const type = message[start] ?? 0
  const [from, length] =
    type === 0xd9 ? [start + 2, message[start + 1] ?? 0] : [start + 1, type & 0x1f]
  return message.toString('latin1', from, from + length)
}

function integer(message: Buffer, start: number): { value: number; end: number } | undefined {
  const type = message[start]
  if (type === undefined) return undefined
  if (type < 0x80) return { value: type, end: start + 1 }
  const width = { 204: 1, 205: 2, 206: 4 }[type]
  if (width === undefined || message.length < start + 1 + width) return undefined
  return { value: message.readUIntBE(start + 1, width), end: start + 1 + width }
}
