/** How many bytes the length behind a type's byte takes, for types that have one. */
const lengthBytes: Readonly<Record<number, number>> = {
  196: 1, // bin 8, 16, 32
  197: 2,
  198: 4,
  199: 1, // ext 8, 16, 32
  200: 2,
  201: 4,
  217: 1, // str 8, 16, 32
  218: 2,
  219: 4,
  220: 2, // array 16, 32
  221: 4,
  222: 2, // map 16, 32
  223: 4,
}

/** Bytes of the value behind a type's byte: floats, integers and ext of a fixed size with its type. */
const fixedBytes: Readonly<Record<number, number>> = {
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
  212: 2,
  213: 3,
  214: 5,
  215: 9,
  216: 17,
}

/** Lists and maps in one another; what Docker says of a container has nine. */
const mostNested = 100

/** Values of one message; a host with a thousand containers sends some ten thousand. */
const mostValues = 250_000

/**
 * Why a MessagePack message should not be decoded, or undefined where it may be. The decoder reserves
 * memory for what a list claims to hold before it reads on, so that thirty lists in one another, 150
 * bytes in all, would take more than a process can have; and each byte may be a list of its own.
 * Formats: github.com/msgpack/msgpack/blob/master/spec.md
 */
export function flawOf(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  /** How many values are still to come in each list that is open, the innermost last. */
  const open: number[] = []
  let position = 0
  let here = 1
  let everywhere = 1
  for (let read = 0; everywhere > 0; read += 1) {
    // Every value takes a byte at least.
    if (everywhere > bytes.length - position) return 'it is shorter than it claims to be'
    if (read === mostValues) return `it holds more than ${mostValues} values`
    const { size, values } = readHeader(view, position)
    position += size
    everywhere += values - 1
    here -= 1
    if (values > 0) {
      if (open.push(here) > mostNested) return `its lists are nested more than ${mostNested} deep`
      here = values
    }
    while (here === 0 && open.length > 0) here = open.pop() ?? 0
  }
  return position <= bytes.length ? undefined : 'it is shorter than it claims to be'
}

/** Bytes up to the next header, and the values that belong to this one. */
function readHeader(view: DataView, position: number): { size: number; values: number } {
  const type = view.getUint8(position)
  if (type < 0x80 || type >= 0xe0) return { size: 1, values: 0 }
  if (type < 0x90) return { size: 1, values: 2 * (type - 0x80) }
  if (type < 0xa0) return { size: 1, values: type - 0x90 }
  if (type < 0xc0) return { size: 1 + type - 0xa0, values: 0 }
  const bytes = lengthBytes[type]
  if (bytes === undefined) return { size: 1 + (fixedBytes[type] ?? 0), values: 0 }
  const length = readLength(view, position + 1, bytes)
  if (type >= 222) return { size: 1 + bytes, values: 2 * length }
  if (type >= 220) return { size: 1 + bytes, values: length }
  const extType = type >= 199 && type <= 201 ? 1 : 0
  return { size: 1 + bytes + extType + length, values: 0 }
}

/** A length that is cut off is too long for any message. */
function readLength(view: DataView, position: number, bytes: number): number {
  if (position + bytes > view.byteLength) return Number.POSITIVE_INFINITY
  if (bytes === 1) return view.getUint8(position)
  return bytes === 2 ? view.getUint16(position) : view.getUint32(position)
}
