import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { starterVariables, variables } from '../../src/variables.ts'

const page = join(import.meta.dirname, '../../../../docs/reference/agent-variables.md')

test('docs/reference/agent-variables.md tells every variable of the agent', async () => {
  await expect(pageOf()).toMatchFileSnapshot(page)
})

test('every variable says what it is for', () => {
  for (const [name, schema] of Object.entries(variables.shape)) {
    expect(z.globalRegistry.get(schema)?.description, name).toMatch(/^.{10,}[^.]$/)
  }
})

function rowOf([name, schema]: [string, z.ZodType]): string {
  const { description = '' } = z.globalRegistry.get(schema) ?? {}
  const { default: fallback } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return row(name, typeof fallback === 'string' ? fallback : '', description)
}

function row(name: string, fallback: string, description: string): string {
  return `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`
}

function pageOf(): string {
  const head = ['| variable | default | what it says |', '| --- | --- | --- |']
  return [
    '# Variables of the agent',
    '',
    'What the agent reads of its environment; on a node that is the file `/etc/kontena-agent.env`. An empty variable counts as',
    'one that is not there. `KONTENA_URI` and a token are required. Names that begin with `KONTENA_` and stand nowhere here do',
    'nothing, and the agent warns of each; what is wrong with one ends it with exit code 1.',
    '',
    ...head,
    ...Object.entries(variables.shape).map(rowOf),
    '',
    'Where TLS is not verified, the agent does not follow its master to another version either: nobody would know whose agent',
    'that is. In 1.5 every word in `KONTENA_SSL_VERIFY` meant to verify, `false` too, and none meant not to.',
    '',
    '## Of the starter',
    '',
    '`/opt/kontena/start-agent.mjs` starts the agent that a master handed out, and goes back to the one before where that does not',
    'get online. It reads the variables about TLS above, and these:',
    '',
    ...head,
    ...Object.entries(starterVariables).map(([name, { fallback, description }]) =>
      row(name, fallback, description),
    ),
    '',
    'This page is written by `packages/agent/test/reference/variables.test.ts` from the schema of the variables.',
    '',
  ].join('\n')
}
