import type { Label } from '../account.ts'
import { badRequest, conflict } from '../refusals.ts'

/** Throws Refusal. */
export function checkLabels(labels: readonly Label[]): void {
  const keys = new Set<string>()
  for (const { key, value } of labels) {
    if (!/^(?!_)[\x20-\x7e]{2,32}$/.test(key)) {
      throw badRequest('INVALID_LABEL_KEY', `The label key ${key} is invalid.`)
    }
    if (value.length > 255) {
      throw badRequest('INVALID_LABEL_VALUE', `The value of the label ${key} is invalid.`)
    }
    if (keys.has(key)) {
      throw conflict('DUPLICATE_LABEL_KEYS', `The label key ${key} is used more than once.`)
    }
    keys.add(key)
  }
}

/** Things that carry all labels that a query asks for: `label=key`, or `label=key=value`. */
export function withLabels<Thing extends { readonly labels: readonly Label[] }>(
  things: readonly Thing[],
  query: URLSearchParams,
): readonly Thing[] {
  const wanted = query.getAll('label').map((text) => {
    const [key = '', ...rest] = text.split('=')
    return { key, value: rest.length === 0 ? undefined : rest.join('=') }
  })
  return things.filter(({ labels }) =>
    wanted.every(({ key, value }) =>
      labels.some((label) => label.key === key && (value === undefined || label.value === value)),
    ),
  )
}

/** The part of a list that `limit` and `offset` ask for; all of it where they are absent. */
export function slice<Thing>(things: readonly Thing[], query: URLSearchParams): readonly Thing[] {
  const offset = Number(query.get('offset') ?? 0)
  const limit = query.get('limit')
  return things.slice(offset, limit === null ? undefined : offset + Number(limit))
}
