import assert from 'node:assert/strict'
import { doesNotApply, type Fact } from '../fact.ts'
import { inventory, type Lab, makeBatch } from '../lab.ts'
import { operationsOf } from '../operations.ts'
import { optionsOf, readMeta } from '../settings.ts'
import type { Subject } from '../subject.ts'

const spendNothing = /^(account|preflight|zones|find|consoleLog|choices)/

/** What a session tells before anything is made. */
export function readingFacts(subject: Subject): readonly Fact[] {
  return [
    ...quietFacts(subject),
    {
      name: 'account tells which account and region this is, and that a simulator is local',
      check: async (lab) => {
        const { id, region, local } = await (await lab.open()).account(lab.call)
        assert.match(id, /^\S+$/, 'the account has no id')
        assert.match(region, /^[^\s=,]+$/, 'the region cannot stand in a label')
        assert.equal(local, true, 'a cloud on loopback is local')
      },
    },
    {
      name: 'account tells the region that was asked for',
      check: async (lab) => {
        const { regionOption } = lab.subject.provider
        if (regionOption === undefined) doesNotApply('no option chooses a region')
        const asked = Reflect.get(Object(lab.settings().access), regionOption)
        const { region } = await (await lab.open()).account(lab.call)
        assert.equal(region, asked)
      },
    },
    {
      name: 'account tells the same in every session',
      check: async (lab) => {
        const first = await (await lab.open()).account(lab.call)
        assert.deepEqual(await (await lab.open()).account(lab.call), first)
      },
    },
    {
      name: 'preflight tells what machines are made of and what will be called',
      check: async (lab) => {
        const told = await (await lab.open()).preflight(lab.order(), lab.call)
        assert.ok(Object.keys(told.facts).length > 0, 'it tells no facts')
        for (const [what, text] of Object.entries(told.facts)) {
          assert.ok(typeof text === 'string' && text !== '', `${what} is empty`)
        }
        assert.ok(told.createCall !== '', 'it names no call that makes machines')
        for (const label of told.labels) assert.match(label, /^[a-z][^\s=]*=[^\s=]+$/)
      },
    },
    {
      name: 'preflight names the calls that prepare is going to make',
      check: async (lab) => {
        const session = await lab.open()
        const { sharedCalls } = await session.preflight(lab.order(), lab.call)
        const before = lab.proxy.seen.length
        await session.prepare(lab.order(), lab.call)
        const changes = lab.proxy.seen.slice(before).filter(({ kind }) => kind.changes)
        assert.equal(sharedCalls.length > 0, changes.length > 0, sharedCalls.join(', '))
      },
    },
    {
      name: 'preflight has nothing to announce once all is prepared',
      check: async (lab) => {
        const session = await lab.open()
        await session.prepare(lab.order(), lab.call)
        const { sharedCalls } = await (await lab.open()).preflight(lab.order(), lab.call)
        assert.deepEqual(sharedCalls, [])
      },
    },
    {
      name: 'zones are there, each once, and can stand in a label',
      check: async (lab) => {
        const names = (await (await lab.open()).zones(lab.call)).map(({ name }) => name)
        assert.ok(names.length > 0, 'there is no zone')
        assert.equal(new Set(names).size, names.length, names.join(', '))
        for (const name of names) assert.match(name, /^[^\s=,]+$/)
      },
    },
    {
      name: 'find finds nothing in an empty account',
      check: async (lab) => {
        const session = await lab.open()
        const owner = lab.order().owner
        assert.deepEqual(await session.find({ owner }, lab.call), [])
        assert.deepEqual(await session.find({ owner, order: '01JD' }, lab.call), [])
      },
    },
    ...optionsOf(subject.provider).flatMap(([option, field]) =>
      readMeta(field).ask ? [choicesFact(option)] : [],
    ),
  ]
}

/** Calls that look change nothing, whatever there is to see. */
function quietFacts(subject: Subject): readonly Fact[] {
  return operationsOf(subject)
    .filter(({ name }) => spendNothing.test(name))
    .map((operation) => ({
      name: 'a call that looks changes nothing',
      case: operation.name,
      check: async (lab: Lab) => {
        const staged = await operation.setUp(lab)
        const things = inventory(lab)
        const before = lab.proxy.seen.length
        await staged.run(lab.call)
        const changes = lab.proxy.seen.slice(before).filter(({ kind }) => kind.changes)
        assert.deepEqual(
          changes.map(({ kind }) => kind.name),
          [],
        )
        assert.deepEqual(inventory(lab), things)
      },
    }))
}

function choicesFact(option: string): Fact {
  return {
    name: 'choices are what can be typed',
    case: option,
    check: async (lab) => {
      const session = await lab.open()
      await makeBatch(session, lab)
      const choices = await session.choices?.({ option, given: {} }, lab.call)
      assert.ok(choices !== undefined && choices.length > 0, 'there is nothing to choose from')
      const values = choices.map(({ value }) => value)
      assert.equal(new Set(values).size, values.length, `a choice is there twice: ${values}`)
      for (const { label } of choices) assert.notEqual(label.trim(), '', 'a choice has no label')
      const { accessOptions, machineOptions } = lab.subject.provider
      const field = { ...accessOptions.shape, ...machineOptions.shape }[option]
      for (const value of values) {
        assert.ok(field?.safeParse(value).success, `${value} is refused when it is typed`)
      }
    },
  }
}
