import { type FailureCode, failureCodes, ProvisionError } from '@kontena/core'
import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/declare/usage-error.ts'
import { describeFailure } from '../../src/describe-failure.ts'
import { PluginError } from '../../src/plugins/plugin-error.ts'
import { failureMeanings } from './failure-meanings.ts'
import { code, pageFile, table } from './markdown.ts'

const running = new AbortController().signal

const exitCodes: readonly (readonly [number, string])[] = [
  [0, 'done'],
  [1, 'failed; `node create` leaves nothing behind'],
  [2, 'usage: the command as it was typed cannot work'],
  [3, 'credentials or rights'],
  [4, 'only part of the machines were made'],
  [5, 'something is left: an order stays open, or machines were kept as asked'],
  [70, 'a bug'],
  [130, 'interrupted; what is left to settle, the next command for that account and grid settles'],
]

test('docs/reference/errors.md tells every code that a command can fail with', async () => {
  await expect(pageOf()).toMatchFileSnapshot(pageFile('errors.md'))
})

test('no code ends with an exit code that the page does not explain', () => {
  const explained = exitCodes.map(([exitCode]) => exitCode)
  const used = [
    ...failureCodes.map(exitCodeOf),
    ...otherFailures().map(([{ exitCode }]) => exitCode),
  ]
  expect(explained).toEqual(expect.arrayContaining(used))
})

function exitCodeOf(failure: FailureCode): number {
  return describeFailure(new ProvisionError(failure, 'it failed'), running).exitCode
}

/** What the command tells besides the failures that its libraries know. */
function otherFailures() {
  const typed = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'")
  const start = Object.assign(new Error('the port is taken'), { name: 'MasterStartError' })
  const interrupt = AbortSignal.abort()
  return [
    [
      describeFailure(new UsageError(typed, 'kontena'), running),
      'The command line cannot be understood',
    ],
    [
      describeFailure(new PluginError('it is broken', { hint: 'uninstall it' }), running),
      'A plug-in cannot be installed or used; other commands are not concerned',
    ],
    [
      describeFailure(start, running),
      'A master or a sandbox cannot start here; the message says why',
    ],
    [describeFailure(interrupt.reason, interrupt), 'Ctrl-C ended the command'],
    [describeFailure(new Error('oh'), running), 'A failure that nobody foresaw; please report it'],
  ] as const
}

function pageOf(): string {
  const foreseen = failureCodes.map((failure) => [
    code(failure),
    failureMeanings[failure],
    String(exitCodeOf(failure)),
  ])
  const others = otherFailures().map(([failure, meaning]) => [
    code(failure.code),
    meaning,
    String(failure.exitCode),
  ])
  return [
    '# Failures and exit codes',
    '',
    'A command that fails says in one line what failed and why, in a second what to do next, and ends with the exit',
    'code of its failure. With `--json` the last object on stdout is `{"error": {"code", "message", "hint"}}`, with',
    'one of these codes. Codes stay what they are from version to version; messages do not.',
    '',
    '## Exit codes',
    '',
    ...table(
      ['exit code', 'means'],
      exitCodes.map(([exitCode, meaning]) => [String(exitCode), meaning]),
    ),
    '',
    '## Codes',
    '',
    ...table(['code', 'means', 'exit code'], [...foreseen, ...others]),
    '',
    'This page is written by `packages/cli/test/reference/errors.test.ts`.',
    '',
  ].join('\n')
}
