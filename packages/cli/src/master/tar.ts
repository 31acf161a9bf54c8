/** A file of an archive. */
export interface ArchivedFile {
  /** Below the archive's root, with slashes; 100 ASCII characters at most. */
  readonly path: string
  readonly content: Uint8Array
}

const block = 512

/**
 * An archive as POSIX's pax(1) describes the ustar format: a header of 512 bytes before each file, which is
 * filled up to whole blocks, and two empty ones at the end. The same files give the same bytes.
 */
export function makeTar(files: readonly ArchivedFile[]): Buffer {
  const parts = files.flatMap(({ path, content }) => [
    header(path, content.length),
    content,
    Buffer.alloc((block - (content.length % block)) % block),
  ])
  return Buffer.concat([...parts, Buffer.alloc(2 * block)])
}

function header(path: string, size: number): Buffer {
  if (!/^[\x21-\x7e]{1,100}$/.test(path)) throw new Error(`${path} cannot be in an archive`)
  const bytes = Buffer.alloc(block)
  bytes.write(path, 0)
  bytes.write(octal(0o644, 8), 100)
  bytes.write(octal(0, 8), 108)
  bytes.write(octal(0, 8), 116)
  bytes.write(octal(size, 12), 124)
  bytes.write(octal(0, 12), 136)
  // The sum counts its own field as blanks.
  bytes.write(' '.repeat(8), 148)
  bytes.write('0', 156)
  bytes.write('ustar\0' + '00', 257)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${octal(sum, 7)} `, 148)
  return bytes
}

/** Digits that fill a field, with the zero byte that ends it. */
function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}
