import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../src/orders/journal.ts'
import { nameOfMachine } from '../../src/orders/machine-names.ts'
import type { Machine } from '../../src/provider.ts'
import { fakeCloud } from '../fake-cloud.ts'
import { fakeMaster } from '../fake-master.ts'

const machine: Machine = {
  id: 'rover-1',
  name: undefined,
  state: 'running',
  zone: 'tycho',
  launchIndex: 1,
  publicAddress: undefined,
  privateAddress: undefined,
  owner: undefined,
  order: undefined,
  token: 'order-0',
  type: undefined,
  reason: undefined,
}
const entry: JournalEntry = {
  intent: {
    ...{ type: 'intent', at: 0, n: 2 },
    act: { call: 'create', zone: 'tycho', names: ['web-1', 'web-2'], token: 'order-0' },
  },
  result: undefined,
}

const alone: JournalEntry = {
  ...entry,
  intent: {
    ...entry.intent,
    act: { call: 'create', zone: 'tycho', names: ['web-1'], token: 'order-0' },
  },
}

describe('nameOfMachine', () => {
  it('believes what the machine said when it enrolled before all else', () => {
    const master = fakeMaster(fakeCloud())
    const identity = { provider: 'moon', account: 'acme', region: 'moon', id: 'rover-1' }
    master.add({ name: 'db', machine: { ...identity, order: 'order' } })
    expect(nameOfMachine({ ...machine, name: 'web-7' }, master.nodes, [entry])).toBe('db')
  })

  it('then the answer of the call that made it', () => {
    const machines = [{ id: 'rover-1', name: 'web-1', zone: 'tycho' }]
    const answered: JournalEntry = { ...entry, result: { type: 'result', at: 1, n: 2, machines } }
    expect(nameOfMachine(machine, [], [answered])).toBe('web-1')
  })

  it('then the token of a call without an answer and its place in the batch', () => {
    expect(nameOfMachine(machine, [], [entry])).toBe('web-2')
    expect(nameOfMachine({ ...machine, launchIndex: undefined }, [], [alone])).toBe('web-1')
  })

  it('has no name for one of several that nothing tells apart', () => {
    const several = { ...machine, launchIndex: undefined }
    expect(nameOfMachine(several, [], [entry])).toBeUndefined()
    expect(nameOfMachine({ ...several, name: 'db-1' }, [], [entry])).toBeUndefined()
  })

  it('or, where its cloud counts no places, its own name', () => {
    const named = { ...machine, launchIndex: undefined, name: 'web-2' }
    expect(nameOfMachine(named, [], [entry])).toBe('web-2')
    expect(nameOfMachine({ ...named, launchIndex: 0 }, [], [entry])).toBe('web-1')
  })

  it('then the name that it carries, and else nothing', () => {
    const other = { ...machine, token: 'order-9' }
    expect(nameOfMachine({ ...other, name: 'web-7' }, [], [entry])).toBe('web-7')
    expect(nameOfMachine({ ...other, token: undefined }, [], [entry])).toBeUndefined()
  })
})
