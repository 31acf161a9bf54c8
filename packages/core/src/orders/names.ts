import { nodeNamePattern } from '@kontena/protocol'
import { ProvisionError } from '../errors.ts'

const adjectives = [
  'amber',
  'bold',
  'brave',
  'bright',
  'brisk',
  'calm',
  'clear',
  'cool',
  'crisp',
  'dawn',
  'deep',
  'eager',
  'early',
  'fair',
  'fast',
  'fine',
  'fresh',
  'gentle',
  'golden',
  'grand',
  'green',
  'happy',
  'keen',
  'kind',
  'late',
  'light',
  'lively',
  'lucky',
  'mellow',
  'merry',
  'mild',
  'misty',
  'neat',
  'noble',
  'polar',
  'proud',
  'quick',
  'quiet',
  'rapid',
  'ready',
  'rustic',
  'sharp',
  'silent',
  'silver',
  'snowy',
  'solid',
  'steady',
  'still',
  'sunny',
  'swift',
  'tall',
  'tidy',
  'vivid',
  'warm',
  'wild',
  'wise',
]
const nouns = [
  'aspen',
  'bay',
  'beach',
  'birch',
  'breeze',
  'brook',
  'canyon',
  'cedar',
  'cliff',
  'cloud',
  'comet',
  'coral',
  'cove',
  'creek',
  'delta',
  'dune',
  'elm',
  'falcon',
  'fern',
  'field',
  'fjord',
  'forest',
  'glade',
  'grove',
  'harbor',
  'heron',
  'hill',
  'island',
  'lagoon',
  'lake',
  'leaf',
  'maple',
  'marsh',
  'meadow',
  'mesa',
  'moon',
  'moss',
  'oak',
  'ocean',
  'orchid',
  'otter',
  'peak',
  'pine',
  'plain',
  'pond',
  'rain',
  'reef',
  'ridge',
  'river',
  'robin',
  'shore',
  'sky',
  'spruce',
  'star',
  'stone',
  'stream',
  'thunder',
  'tide',
  'valley',
  'wave',
  'willow',
  'wind',
]

export interface NameRequest {
  /** What the user typed; a random pair of words where absent. */
  readonly base: string | undefined
  readonly count: number
  readonly taken: ReadonlySet<string>
}

/**
 * One machine takes the name as it is; several are numbered, and numbers that are taken are skipped.
 * Throws `BAD_OPTIONS` for a name that cannot be a host name, `NAME_TAKEN` for one that is in use.
 */
export function chooseNames(
  { base, count, taken }: NameRequest,
  random: () => number = Math.random,
): string[] {
  if (base !== undefined && count === 1) {
    checkName(base)
    if (taken.has(base)) {
      throw new ProvisionError('NAME_TAKEN', `a node named ${base} is already in the grid`, {
        hint: 'choose another name, or leave it out to get a random one',
      })
    }
    return [base]
  }
  const stem = base ?? `${pick(adjectives, random)}-${pick(nouns, random)}`
  const names: string[] = []
  for (let number = 1; names.length < count; number++) {
    const name = `${stem}-${number}`
    if (names.length === 0) checkName(name)
    if (!taken.has(name)) names.push(name)
  }
  checkName(names.at(-1) ?? stem)
  return names
}

/** Whether another choice of names could succeed after one of these turned out to be taken. */
export function isNumbered(request: Pick<NameRequest, 'base' | 'count'>): boolean {
  return request.base === undefined || request.count > 1
}

function checkName(name: string): void {
  if (nodeNamePattern.test(name)) return
  const problem = name.length > 63 ? 'is longer than 63 characters' : 'is not a host name'
  throw new ProvisionError('BAD_OPTIONS', `the name ${JSON.stringify(name)} ${problem}`, {
    hint: 'use lower-case letters, digits and inner dashes, 63 at most, as in web-1',
  })
}

function pick(words: readonly string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? 'node'
}
