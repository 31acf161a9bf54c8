import { createHash, randomBytes } from 'node:crypto'
import { Ec2Error } from './wire/errors.ts'

/** A fresh id as EC2 makes them: a prefix and 17 hexadecimal digits. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`
}

/** The same id each time the sandbox runs, for what is there before anything is made. */
export function fixedId(prefix: string, ...names: readonly string[]): string {
  return `${prefix}-0${createHash('sha256').update(names.join('/')).digest('hex').slice(0, 16)}`
}

/** Kinds of things: what EC2 calls their ids in its error codes, and their type in tags. */
const kinds = {
  i: { code: 'InvalidInstanceID', word: 'instance', type: 'instance' },
  sg: {
    code: 'InvalidGroup',
    malformed: 'InvalidGroupId',
    word: 'security group',
    type: 'security-group',
  },
  subnet: { code: 'InvalidSubnetID', word: 'subnet', type: 'subnet' },
  vpc: { code: 'InvalidVpcID', word: 'vpc', type: 'vpc' },
  vol: { code: 'InvalidVolume', malformed: 'InvalidVolumeID', word: 'volume', type: 'volume' },
  eni: {
    code: 'InvalidNetworkInterfaceID',
    word: 'networkInterface',
    type: 'network-interface',
  },
  ami: { code: 'InvalidAMIID', word: 'image', type: 'image' },
  key: { code: 'InvalidKeyPair', word: 'key pair', type: 'key-pair' },
  sgr: {
    code: 'InvalidSecurityGroupRuleId',
    word: 'security group rule',
    type: 'security-group-rule',
  },
} as const
export type IdKind = keyof typeof kinds

export function notFound(kind: IdKind, ids: readonly string[]): Ec2Error {
  const { code, word } = kinds[kind]
  const message =
    ids.length === 1
      ? `The ${word} ID '${ids[0]}' does not exist`
      : `The ${word} IDs '${ids.join(', ')}' do not exist`
  return new Ec2Error(`${code}.NotFound`, message)
}

/** @throws Ec2Error where this cannot be the id of such a thing */
export function checkId(kind: IdKind, id: string): void {
  if (new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) return
  const { code, ...rest } = kinds[kind]
  const base = 'malformed' in rest ? rest.malformed : code
  throw new Ec2Error(`${base}.Malformed`, `Invalid id: "${id}" (expecting "${kind}-...")`)
}

/** @throws Ec2Error naming all ids that are malformed or unknown */
export function findAll<Thing>(
  kind: IdKind,
  ids: readonly string[],
  find: (id: string) => Thing | undefined,
): readonly Thing[] {
  for (const id of ids) checkId(kind, id)
  const unique = [...new Set(ids)]
  const missing = unique.filter((id) => find(id) === undefined)
  if (missing.length > 0) throw notFound(kind, missing)
  return unique.map(find).filter((thing) => thing !== undefined)
}

export function findOne<Thing>(
  kind: IdKind,
  id: string,
  find: (id: string) => Thing | undefined,
): Thing {
  checkId(kind, id)
  const thing = find(id)
  if (thing === undefined) throw notFound(kind, [id])
  return thing
}

/** What `DescribeTags` and tag specifications call the kind of thing with this id. */
export function resourceType(id: string): string | undefined {
  const kind = id.slice(0, id.lastIndexOf('-'))
  return isKind(kind) ? kinds[kind].type : undefined
}

export function isKind(text: string): text is IdKind {
  return Object.hasOwn(kinds, text)
}
