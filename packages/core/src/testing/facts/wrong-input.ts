import assert from 'node:assert/strict'
import { checkFailure, checkSecrets, outcomeOf } from '../check.ts'
import type { Fact } from '../fact.ts'
import { inventory, type Lab, makeBatch } from '../lab.ts'
import type { BadInput, Subject } from '../subject.ts'

/** What wrong input gets: one of our codes and a hint, and nothing is spent. */
export function wrongInputFacts({ badInput }: Subject): readonly Fact[] {
  return badInput.map((row) => ({
    name: `wrong input is told as what it is`,
    case: row.what,
    ...(row.incident && { needs: [row.incident.kind] }),
    check: (lab) => refuse(row, lab),
  }))
}

async function refuse(row: BadInput, lab: Lab): Promise<void> {
  const before = inventory(lab)
  const { environment, access, machine, order, answer, incident, code } = row
  if (incident !== undefined) await lab.cloud.arm(incident)
  if (answer !== undefined) {
    lab.proxy.strike = () => ({ commits: false, answer: (request) => answer(request) })
  }
  const unset = hide(environment)
  const { error } = await outcomeOf(async () => {
    const given = {
      ...(environment && { environment }),
      ...(access && { access }),
      ...(machine && { machine }),
    }
    const session = await lab.open(given)
    if (row.at === 'account') return await session.account(lab.call)
    if (row.at === 'create') {
      const { failure } = await makeBatch(session, lab)
      if (failure !== undefined) throw failure
    }
    return await session.preflight(lab.order(order), lab.call)
  })
  unset()
  assert.notEqual(error, undefined, `${row.what} is taken`)
  const failure = checkFailure(row.what, error, [code])
  assert.ok(failure.hint, `${row.what} gets no hint: ${failure.message}`)
  if (row.message !== undefined) assert.match(failure.message, row.message)
  checkSecrets(lab.cloud.secrets, [failure.message, failure.hint])
  if (row.at !== 'create') assert.deepEqual(inventory(lab), before, 'something was made')
}

/** Credential chains read the process's own variables. */
function hide(environment: BadInput['environment'] = {}): () => void {
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const)
  const set = ([name, value]: readonly [string, string | undefined]): void => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  Object.entries(environment).forEach(set)
  return () => before.forEach(set)
}
