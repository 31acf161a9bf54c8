/** The candidates that look most like the name, best first: what was probably meant. */
export function nearest(name: string, candidates: readonly string[], limit = 5): string[] {
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** A hint that lists what exists, or says that nothing does. */
export function hintNearest(kind: string, name: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return `there is no ${kind} here`
  const shown = nearest(name, candidates)
  const more =
    candidates.length > shown.length ? ` and ${candidates.length - shown.length} more` : ''
  return `there is ${shown.join(', ')}${more}`
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...left].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...right].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
