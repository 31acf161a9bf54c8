import { createHash, randomUUID } from 'node:crypto'

/** UpCloud's UUIDs begin with the kind of thing. */
const kinds = { server: '00', storage: '01', network: '03' } as const
export type UuidKind = keyof typeof kinds

export function newUuid(kind: UuidKind): string {
  return kinds[kind] + randomUUID().slice(2)
}

/** The same each time the sandbox runs, for what is there before anything is made. */
export function fixedUuid(kind: UuidKind, name: string): string {
  const digits = createHash('sha256').update(name).digest('hex')
  return `${kinds[kind]}000000-0000-4000-8${digits.slice(0, 3)}-${digits.slice(3, 15)}`
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
