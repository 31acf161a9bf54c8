import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** What a run saw, for people to read and for docs/verified.md. */
const summaryFile = join(import.meta.dirname, '../dist/seen.md')

/** Prints each proof as it ends, with what it saw and how long it took, and keeps them all in a file. */
export function seenReporter(): Reporter {
  const lines: string[] = []
  const started = Date.now()
  const tell = (line: string): void => {
    lines.push(line)
    process.stdout.write(`${line}\n`)
  }
  return {
    onTestSuiteReady: (suite: TestSuite) => tell(`\n## ${suite.name}\n`),
    onTestCaseResult: (proof: TestCase) => {
      for (const line of describeProof(proof)) tell(line)
    },
    onTestSuiteResult: (suite: TestSuite) => {
      for (const { message, stack } of suite.errors())
        tell(`- FAILED to begin: ${stack ?? message}`)
    },
    onTestModuleEnd: (file: TestModule) => {
      for (const { message, stack } of file.errors()) tell(`- FAILED: ${stack ?? message}`)
    },
    onTestRunEnd: (_files, errors, reason) => {
      for (const { message, stack } of errors) tell(`- FAILED: ${stack ?? message}`)
      tell(`\n${reason}, ${seconds(Date.now() - started)} in all`)
      mkdirSync(dirname(summaryFile), { recursive: true })
      writeFileSync(summaryFile, `${lines.join('\n')}\n`)
    },
  }
}

function describeProof(proof: TestCase): string[] {
  const { state, errors } = proof.result()
  const took = seconds(proof.diagnostic()?.duration ?? 0)
  const { saw } = proof.meta()
  if (state === 'passed') return [`- ${proof.name}: ${saw ?? 'seen'} (${took})`]
  if (state === 'failed') {
    const why = errors?.map(({ message, diff }) => [message, diff].filter(Boolean).join('\n')) ?? []
    return [`- FAILED after ${took}: ${proof.name}`, ...why]
  }
  return [`- SKIPPED: ${proof.name}`]
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`
}
