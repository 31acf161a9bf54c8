import type { FactResult } from './run-facts.ts'

/**
 * What a run came to, in one line, and one more for each reason with the facts that it is a reason for:
 * `azure: 1003 facts hold, 2 excepted, 20 do not apply`.
 */
export function tally(name: string, results: readonly FactResult[]): string {
  const of = (outcome: FactResult['outcome']): readonly FactResult[] =>
    results.filter((result) => result.outcome === outcome)
  const counts = [
    `${of('passed').length} facts hold`,
    ...(of('failed').length > 0 ? [`${of('failed').length} fail`] : []),
    `${of('excepted').length} excepted`,
    `${of('inapplicable').length} do not apply`,
  ]
  const lines = [
    `${name}: ${counts.join(', ')}`,
    ...reasons('excepted', of('excepted')),
    ...reasons('does not apply', of('inapplicable')),
  ]
  return `${lines.join('\n')}\n`
}

function reasons(what: string, results: readonly FactResult[]): readonly string[] {
  return [...Map.groupBy(results, ({ reason }) => reason)].map(([reason, excused]) => {
    const [first] = excused
    const facts = excused.length === 1 ? first?.fact : `${excused.length} facts`
    return `  ${what}, as ${reason}: ${facts}`
  })
}
