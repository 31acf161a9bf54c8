import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { quoteForShell } from '../../src/output/print-environment.ts'

describe('quoteForShell', () => {
  it('leaves simple words alone', () => {
    expect(quoteForShell('https://x:1/a+b==')).toBe('https://x:1/a+b==')
  })

  it.each(["it's", '', 'a b', '$(id)', '`id`', '"', '\\', 'a\nb', '*', '#x', '~', '{{x}}', '🚀'])(
    'makes %j one word that a shell reads as it is',
    (text) => {
      const printed = execFileSync('sh', ['-c', `printf %s ${quoteForShell(text)}`])
      expect(printed.toString()).toBe(text)
    },
  )
})
