const sector = 2048
const pathTableAt = 18
const rootAt = 20
const firstFileAt = 21

/**
 * A CD image (ECMA-119) with files in its root. Names are stored in capitals, which Linux shows as small
 * letters, so no extension for others is needed.
 *
 * @param label at most 32 characters
 */
export function iso9660(label: string, files: Readonly<Record<string, string | Buffer>>): Buffer {
  const entries = place(files)
  const last = entries.at(-1)
  const sectors = last === undefined ? firstFileAt : last.at + sectorsOf(last.content)
  return Buffer.concat([
    Buffer.alloc(16 * sector),
    volume(label, sectors),
    padded(Buffer.concat([Buffer.of(255), Buffer.from('CD001'), Buffer.of(1)])),
    padded(pathTable('little')),
    padded(pathTable('big')),
    rootFolder(entries),
    ...entries.map(({ content }) => padded(content)),
  ])
}

interface Entry {
  readonly name: string
  readonly content: Buffer
  /** Its first sector. */
  readonly at: number
}

function place(files: Readonly<Record<string, string | Buffer>>): readonly Entry[] {
  let at = firstFileAt
  return Object.entries(files)
    .map(([name, content]) => ({ name: storedName(name), content: Buffer.from(content) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, content }) => {
      const entry = { name, content, at }
      at += sectorsOf(content)
      return entry
    })
}

/** A name has a point, and a version after it. */
function storedName(name: string): string {
  const upper = name.toUpperCase()
  return `${upper.includes('.') ? upper : `${upper}.`};1`
}

function sectorsOf(content: Buffer): number {
  return Math.max(1, Math.ceil(content.length / sector))
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc(sectorsOf(content) * sector - content.length)])
}

function volume(label: string, sectors: number): Buffer {
  const bytes = Buffer.alloc(sector)
  bytes.writeUInt8(1, 0)
  bytes.write('CD001', 1, 'latin1')
  bytes.writeUInt8(1, 6)
  bytes.write(' '.repeat(32), 8, 'latin1')
  bytes.write(label.padEnd(32), 40, 32, 'latin1')
  bothEndians32(bytes, sectors, 80)
  bothEndians16(bytes, 1, 120)
  bothEndians16(bytes, 1, 124)
  bothEndians16(bytes, sector, 128)
  bothEndians32(bytes, pathTable('little').length, 132)
  bytes.writeUInt32LE(pathTableAt, 140)
  bytes.writeUInt32BE(pathTableAt + 1, 148)
  record({ name: '\0', at: rootAt, length: sector, isFolder: true }).copy(bytes, 156)
  bytes.write(' '.repeat(623), 190, 'latin1')
  // Dates that are not given are sixteen zeros and a zero byte.
  for (const at of [813, 830, 847, 864]) bytes.write('0'.repeat(16), at, 'latin1')
  bytes.writeUInt8(1, 881)
  return bytes
}

function pathTable(order: 'little' | 'big'): Buffer {
  const bytes = Buffer.alloc(10)
  bytes.writeUInt8(1, 0)
  if (order === 'little') {
    bytes.writeUInt32LE(rootAt, 2)
    bytes.writeUInt16LE(1, 6)
  } else {
    bytes.writeUInt32BE(rootAt, 2)
    bytes.writeUInt16BE(1, 6)
  }
  return bytes
}

function rootFolder(entries: readonly Entry[]): Buffer {
  const own = { at: rootAt, length: sector, isFolder: true }
  const records = [
    record({ ...own, name: '\0' }),
    record({ ...own, name: '\x01' }),
    ...entries.map(({ name, at, content }) =>
      record({ name, at, length: content.length, isFolder: false }),
    ),
  ]
  const bytes = Buffer.concat(records)
  if (bytes.length > sector) throw new Error('too many files for a folder of one sector')
  return padded(bytes)
}

interface FolderRecord {
  readonly name: string
  readonly at: number
  readonly length: number
  readonly isFolder: boolean
}

function record({ name, at, length, isFolder }: FolderRecord): Buffer {
  const size = 33 + name.length
  const bytes = Buffer.alloc(size + (size % 2))
  bytes.writeUInt8(bytes.length, 0)
  bothEndians32(bytes, at, 2)
  bothEndians32(bytes, length, 10)
  // The first of January 2000: the same files make the same image.
  Buffer.of(100, 1, 1, 0, 0, 0, 0).copy(bytes, 18)
  bytes.writeUInt8(isFolder ? 2 : 0, 25)
  bothEndians16(bytes, 1, 28)
  bytes.writeUInt8(name.length, 32)
  bytes.write(name, 33, 'latin1')
  return bytes
}

function bothEndians32(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value, at)
  bytes.writeUInt32BE(value, at + 4)
}

function bothEndians16(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt16LE(value, at)
  bytes.writeUInt16BE(value, at + 2)
}
