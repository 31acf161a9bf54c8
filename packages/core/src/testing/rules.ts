import type { TrueRule } from './subject.ts'

/**
 * Rules in one spelling: clouds join and split port ranges and sources as they like, and what they admit
 * is the same. One line per protocol and source.
 */
export function spellRules(rules: readonly TrueRule[]): readonly string[] {
  const ranges = new Map<string, (readonly [number, number])[]>()
  for (const { protocol, ports, from } of rules) {
    for (const source of from === 'grid' ? ['the grid'] : from) {
      const key = `${protocol} from ${source}`
      ranges.set(key, [...(ranges.get(key) ?? []), ports ?? [0, 65_535]])
    }
  }
  return [...ranges].map(([key, all]) => `${key}: ${joinRanges(all).join(' ')}`).sort()
}

function joinRanges(ranges: readonly (readonly [number, number])[]): readonly string[] {
  const joined: [number, number][] = []
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const before = joined.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else joined.push([first, last])
  }
  return joined.map(([first, last]) => `${first}-${last}`)
}
