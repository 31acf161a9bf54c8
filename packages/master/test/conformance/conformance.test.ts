import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CloseReason, closeCodes } from '@kontena/protocol'
import { expect, it } from 'vitest'
import { agentCalls } from '../../src/gateway/agent-calls.ts'
import { methodNames } from '../../src/gateway/rpc-methods.ts'
import { roleColumns, roleTable } from '../routes/role-table.ts'
import { closeProofs, methodProofs, type Proof, routeProofs, saidProofs } from './proofs.ts'

const testFolder = join(import.meta.dirname, '..')
const page = join(import.meta.dirname, '../../../../docs/reference/conformance.md')

/** Routes by their path. Another test holds the table of roles to the routes that there are. */
const pathOf = (route: string): string => route.slice(route.indexOf(' ') + 1)
const paths = [...new Set(roleTable.map(({ route }) => pathOf(route)))]

it('docs/reference/conformance.md names the test of each route, call and close code', async () => {
  await expect(content()).toMatchFileSnapshot(page)
})

it('each route, call and close code has its test', () => {
  expect(Object.keys(routeProofs).toSorted()).toEqual(paths.toSorted())
  expect(Object.keys(methodProofs).toSorted()).toEqual(methodNames.toSorted())
  for (const { method } of Object.values(agentCalls)) expect(saidProofs).toHaveProperty([method])
})

it.each([
  ...Object.entries(routeProofs).map(([path, proof]) => [lastName(path), proof]),
  ...Object.entries({ ...methodProofs, ...saidProofs }).map(([name, { proof }]) => [name, proof]),
  ...reasons().map((reason) => [String(closeCodes[reason].code), closeProofs[reason].proof]),
])('%s is in %s', (what, proof) => {
  const file = join(testFolder, proof)
  expect(existsSync(file) && readFileSync(file, 'utf8').includes(what)).toBe(true)
})

/** The last part of a path that is not a parameter. */
function lastName(path: string): string {
  return path.split('/').findLast((part) => part !== '' && !part.startsWith(':')) ?? '/'
}

function reasons(): CloseReason[] {
  return Object.keys(closeProofs).filter((name): name is CloseReason => name in closeCodes)
}

function content(): string {
  return `${[
    '# Conformance',
    '',
    'Everything that the master answers, and the test that proves it. A test writes this page, and fails where a',
    'route, a call or a close code has none. The forms are those of Kontena 1.5, with additions of ours.',
    '',
    '## Routes',
    '',
    '`open`: no token is looked at; `soft`: one is used where it came; `login`: one is required. The roles are those that',
    'are let in, each tried on each route by [roles.test.ts](../../packages/master/test/routes/roles.test.ts): `gridAdmin` and',
    '`member` belong to the grid.',
    '',
    ...table(['route', 'access', 'roles', 'test'], paths.flatMap(routeRows)),
    '',
    '## What agents call',
    '',
    'Any other call is answered with error 501. Calls are about the node of the connection, whatever node they name.',
    '',
    ...table(
      ['call', 'answer', 'test'],
      methodNames.map((name) => {
        const { answer, proof } = methodProofs[name] ?? { answer: '', proof: '' }
        return [`\`${name}\``, answer, link(proof)]
      }),
    ),
    '',
    '## What the master says to agents',
    '',
    ...table(
      ['method', 'when', 'test'],
      Object.entries(saidProofs).map(([name, { kind, proof }]) => [
        `\`${name}\``,
        kind,
        link(proof),
      ]),
    ),
    '',
    '## Close codes',
    '',
    'Agents of 2.0 and later are refused before the upgrade where they can be, by 401 or 403 with the code in the header',
    '`Kontena-Close`; older ones after it. A wrong clock closes older ones alone: ours go by the clock of the master.',
    '',
    ...table(
      ['code', 'when', 'the agent', 'test'],
      reasons().map((reason) => {
        const { code, exit } = closeCodes[reason]
        const { when, proof } = closeProofs[reason]
        return [String(code), when, exit ? 'ends' : 'connects again', link(proof)]
      }),
    ),
  ].join('\n')}\n`
}

function routeRows(path: string): string[][] {
  const rows = roleTable.filter(({ route }) => pathOf(route) === path)
  const routes = [...new Set(rows.map(({ route }) => route))]
  return routes.map((route) => {
    const [first] = rows.filter((row) => row.route === route)
    const roles = roleColumns.filter((_role, index) => isLetIn(first?.statuses[index]))
    const who =
      first?.access === 'open' || roles.length === roleColumns.length ? 'all' : roles.join(', ')
    return [`\`${route}\``, first?.access ?? '', who, link(routeProofs[path] ?? '')]
  })
}

function isLetIn(status: number | 'not allowed' | undefined): boolean {
  return typeof status === 'number' && status !== 401 && status !== 403
}

function link(proof: Proof): string {
  return `[${proof}](../../packages/master/test/${proof})`
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)]
}
