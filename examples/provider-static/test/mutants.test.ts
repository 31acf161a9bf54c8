import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Provider } from '@kontena/core'
import { checkFact, describeFact, type Fact, factsOf } from '@kontena/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { type Mutant, mutants } from './mutants.ts'
import { staticSubject } from './subject.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, '.mutants', String(process.pid))
const sound = staticSubject()
const facts = await factsOf(sound)
const caught: string[] = []

describe('a provider with a bug', () => {
  for (const [number, mutant] of mutants.entries()) {
    it(`is caught where ${mutant.what}`, { timeout: 60_000 }, async () => {
      const subject = staticSubject(await breed(mutant, number))
      const named = facts.filter(({ name }) => name === mutant.fact)
      const broken = await firstBroken(named, subject)
      expect(broken, `no fact "${mutant.fact}" fails`).toBeDefined()
      if (broken === undefined) return
      await checkFact(broken, sound)
      caught.push(`  ${mutant.what} -> ${describeFact(broken)}`)
    })
  }

  it('comes in many kinds', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(25)
    expect(new Set(mutants.map(({ what }) => what)).size).toBe(mutants.length)
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
    const { length } = mutants
    process.stdout.write(
      `${[`mutants caught: ${caught.length} of ${length}`, ...caught].join('\n')}\n`,
    )
  })
})

/** A copy of the provider with one snippet replaced. */
async function breed({ file, from, to }: Mutant, number: number): Promise<Provider> {
  const home = join(folder, String(number))
  mkdirSync(home, { recursive: true })
  cpSync(join(root, 'src'), home, { recursive: true })
  const text = readFileSync(join(home, file), 'utf8')
  expect(text.split(from), `${from} stands in ${file} once`).toHaveLength(2)
  writeFileSync(
    join(home, file),
    text.replace(from, () => to),
  )
  const loaded: unknown = await import(
    /* @vite-ignore */ pathToFileURL(join(home, 'index.ts')).href
  )
  if (!hasProvider(loaded)) throw new Error('the mutant exports no provider')
  return loaded.provider
}

function hasProvider(loaded: unknown): loaded is { provider: Provider } {
  return typeof loaded === 'object' && loaded !== null && 'provider' in loaded
}

async function firstBroken(
  named: readonly Fact[],
  subject: ReturnType<typeof staticSubject>,
): Promise<Fact | undefined> {
  for (const fact of named) {
    try {
      await checkFact(fact, subject)
    } catch {
      return fact
    }
  }
  return undefined
}
