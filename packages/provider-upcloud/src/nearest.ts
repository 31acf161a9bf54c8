/** A hint that lists what exists, what looks most like the name first, or says that nothing does. */
export function choices(kind: string, name: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return `there is no ${kind} here`
  const shown = candidates
    .toSorted((a, b) => likeness(name, b) - likeness(name, a) || a.localeCompare(b))
    .slice(0, 5)
  const more =
    candidates.length > shown.length ? ` and ${candidates.length - shown.length} more` : ''
  return `there is ${shown.join(', ')}${more}`
}

/** Share of the pairs of neighbouring letters that both have, whatever their case. */
function likeness(left: string, right: string): number {
  const [mine, theirs] = [pairs(left), pairs(right)]
  const common = mine.filter((pair) => theirs.includes(pair)).length
  return common / Math.max(1, mine.length + theirs.length)
}

function pairs(text: string): string[] {
  const lower = text.toLowerCase()
  return Array.from({ length: Math.max(0, lower.length - 1) }, (_, at) => lower.slice(at, at + 2))
}
