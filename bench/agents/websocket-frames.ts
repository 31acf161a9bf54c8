/** Frames of RFC 6455, as much of them as a client needs that sends whole messages. */
export const opcodes = { binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const

export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

/** A client masks what it sends; the key need not be secret here, but must not be zero. */
const key = Buffer.from([0x5a, 0xc3, 0x17, 0x9e])

/** A masked frame that is a message by itself. */
export function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + 4 + length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (head === 2 ? length : head === 4 ? 126 : 127)
  if (head === 4) frame.writeUInt16BE(length, 2)
  if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.set(key, head)
  for (let index = 0; index < length; index++) {
    frame[head + 4 + index] = (payload[index] ?? 0) ^ (key[index & 3] ?? 0)
  }
  return frame
}

/** Takes bytes as they come and hands over each whole frame of a server. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let unread: Buffer | undefined
  return (chunk) => {
    let bytes = unread === undefined ? chunk : Buffer.concat([unread, chunk])
    for (;;) {
      const found = firstFrame(bytes)
      if (found === undefined) break
      bytes = bytes.subarray(found.size)
      onFrame(found)
    }
    unread = bytes.length === 0 ? undefined : bytes
  }
}

function firstFrame(bytes: Buffer): (Frame & { size: number }) | undefined {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  const head = second === 127 ? 10 : second === 126 ? 4 : 2
  if (bytes.length < head) return undefined
  const length =
    head === 2
      ? second
      : head === 4
        ? bytes.readUInt16BE(2)
        : bytes.readUInt32BE(2) * 2 ** 32 + bytes.readUInt32BE(6)
  const size = head + length
  if (bytes.length < size) return undefined
  return { opcode: first & 0x0f, payload: bytes.subarray(head, size), size }
}
