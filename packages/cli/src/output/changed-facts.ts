import { z } from 'zod'

const facts = z.record(z.string(), z.unknown())
const list = z.array(z.string())
const word = z.union([z.string(), z.number(), z.boolean()])

/**
 * What became of what was there before, as `availability active -> drain, labels +az=a -az=b`; empty where
 * an event says of nothing how it was and how it is.
 */
export function changedFacts(meta: Readonly<Record<string, unknown>>): string {
  const before = facts.safeParse(meta.before).data ?? {}
  const after = facts.safeParse(meta.after).data ?? {}
  return Object.keys(after)
    .filter((key) => Object.hasOwn(before, key))
    .flatMap((key) => {
      const change = changeOf(before[key], after[key])
      return change === undefined ? [] : [`${key} ${change}`]
    })
    .join(', ')
}

function changeOf(before: unknown, after: unknown): string | undefined {
  const lists = z.tuple([list, list]).safeParse([before, after]).data
  if (lists !== undefined) return listChange(...lists)
  const words = z.tuple([word, word]).safeParse([before, after]).data
  if (words === undefined || words[0] === words[1]) return undefined
  return words.join(' -> ')
}

function listChange(before: readonly string[], after: readonly string[]): string | undefined {
  const added = after.filter((text) => !before.includes(text)).map((text) => `+${text}`)
  const gone = before.filter((text) => !after.includes(text)).map((text) => `-${text}`)
  return [...added, ...gone].join(' ') || undefined
}
