/** The Internet checksum (RFC 1071) over a part of a packet, to which further words may be added. */
export function checksum(bytes: Buffer, start = 0): number {
  let sum = start
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  if (bytes.length % 2 === 1) sum += (bytes.at(-1) ?? 0) << 8
  return ~fold(sum) & 0xffff
}

/** A checksum after one 16-bit word under it has changed (RFC 1624, equation 3). */
export function adjust(sum: number, before: number, after: number): number {
  return ~fold((~sum & 0xffff) + (~before & 0xffff) + after) & 0xffff
}

function fold(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000)
  return folded
}
