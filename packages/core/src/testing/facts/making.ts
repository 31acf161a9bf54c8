import assert from 'node:assert/strict'
import { failureOf, outcomeOf } from '../check.ts'
import { doesNotApply, type Fact } from '../fact.ts'
import { alive, type Lab, makeBatch, otherGrid, ours } from '../lab.ts'

const oneByOne = 'machines are made one by one'

/** What `create` makes, and what it says of it. */
export function makingFacts(): readonly Fact[] {
  return [
    {
      name: 'create makes the machines that were asked for',
      check: async (lab) => {
        const { machines, failure, ids } = await makeBatch(await lab.open(), lab)
        assert.equal(failure, undefined, failure?.message)
        assert.equal(new Set(ids).size, lab.names.length, 'machines lack ids of their own')
        assert.deepEqual(sorted(alive(lab).map(({ id }) => id)), sorted(ids))
        for (const { state } of machines)
          assert.ok(state === 'pending' || state === 'running', state)
      },
    },
    {
      name: 'ownership tags travel in the request that makes a machine',
      check: async (lab) => {
        const session = await lab.open()
        let orphans = 0
        lab.proxy.committed = () => {
          for (const { owner, order } of alive(lab)) {
            if (owner?.master !== ours.master || owner.grid !== ours.grid || !order) orphans += 1
          }
        }
        await makeBatch(session, lab)
        assert.equal(orphans, 0, 'for a moment there was a machine without owner or order')
      },
    },
    {
      name: 'a machine tells owner, order, zone and token',
      check: async (lab) => {
        const session = await lab.open()
        const { machines, ids, batch } = await makeBatch(session, lab)
        const found = await session.find({ ids, owner: ours }, lab.call)
        for (const machine of [...machines, ...found]) {
          assert.deepEqual(machine.owner, ours)
          assert.equal(machine.order, batch.order)
          assert.equal(machine.zone, batch.zone)
          assert.equal(machine.token, batch.token, 'the token of its request is lost')
        }
        for (const { zone } of alive(lab)) assert.equal(zone, batch.zone)
      },
    },
    {
      name: 'each machine of a batch can be told from the others',
      check: async (lab) => {
        const session = await lab.open()
        const { machines, ids, batch } = await makeBatch(session, lab)
        const found = await session.find({ ids, owner: ours }, lab.call)
        for (const seen of [machines, found]) {
          const names = seen.map(({ name, launchIndex }) => name ?? batch.names[launchIndex ?? -1])
          if (batch.names.length > 1) assert.deepEqual(sorted(names), sorted(batch.names))
        }
        for (const { id, name, launchIndex } of found) {
          const truth = lab.cloud.machines().find((machine) => machine.id === id)
          if (lab.subject.provider.bootstrap.machineName !== undefined) {
            assert.equal(name, truth?.name, 'it tells another name than the machine has')
          }
          assert.equal(launchIndex, truth?.launchIndex)
        }
      },
    },
    {
      name: 'a machine gets its user data byte by byte',
      check: async (lab) => {
        const userData = Buffer.from('#cloud-config\n# {{ 7 }} {% x %} "\' & < é \\ $HOME\n')
        await makeBatch(await lab.open(), lab, { userData })
        const received = alive(lab).flatMap((machine) => machine.userData ?? [])
        if (received.length === 0) doesNotApply('the cloud tells nobody what machines received')
        for (const text of received) assert.deepEqual(Buffer.from(text), userData)
      },
    },
    {
      name: 'user data up to the limit is taken',
      check: async (lab) => {
        const { userDataBytes } = lab.subject.provider.limits
        const text = `#cloud-config\n# ${'x'.repeat(userDataBytes)}`.slice(0, userDataBytes)
        const { failure } = await makeBatch(await lab.open(), lab, { userData: Buffer.from(text) })
        assert.equal(failure, undefined, failure?.message)
      },
    },
    {
      name: 'machines go into the zone that was asked for',
      check: async (lab) => {
        const session = await lab.open()
        const zones = (await session.zones(lab.call)).slice(0, 3)
        for (const [index, { name: zone }] of zones.entries()) {
          const names = [`zone-${index}`]
          const { machines } = await makeBatch(session, lab, { zone, names })
          assert.deepEqual(
            machines.map((machine) => machine.zone),
            [zone],
          )
        }
      },
    },
    {
      name: 'the same request again makes nothing new',
      check: async (lab) => {
        if (!lab.subject.provider.abilities.idempotentCreate) {
          doesNotApply('the cloud knows no repeat by its token')
        }
        const session = await lab.open()
        const { batch, ids } = await makeBatch(session, lab)
        for (const again of [session, await lab.open()]) {
          const { machines } = await again.create(batch, lab.call)
          assert.deepEqual(sorted(machines.map(({ id }) => id)), sorted(ids))
        }
        await lab.pass(lab.subject.times.boot)
        const late = await session.create(batch, lab.call)
        assert.deepEqual(sorted(late.machines.map(({ id }) => id)), sorted(ids))
        assert.equal(alive(lab).length, ids.length, 'a repeat made more machines')
      },
    },
    {
      name: 'another token is another request',
      check: async (lab) => {
        const session = await lab.open()
        const first = await makeBatch(session, lab)
        const second = await makeBatch(session, lab, { names: namesOf('more', lab) })
        assert.equal(new Set([...first.ids, ...second.ids]).size, 2 * lab.names.length)
        assert.equal(alive(lab).length, 2 * lab.names.length)
      },
    },
    {
      name: 'two grids may have machines of the same names',
      check: async (lab) => {
        const session = await lab.open()
        const first = await makeBatch(session, lab)
        const second = await makeBatch(session, lab, {
          owner: otherGrid,
          order: '01JD0000000000000000000002',
        })
        assert.equal(new Set([...first.ids, ...second.ids]).size, 2 * lab.names.length)
      },
    },
    {
      name: 'a machine comes to run',
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        for (const machine of await session.find({ ids, owner: ours }, lab.call)) {
          assert.equal(machine.state, 'running')
        }
      },
    },
    {
      name: 'a zone without room makes none',
      needs: ['no-capacity'],
      check: async (lab) => {
        const session = await lab.open()
        const zone = await fill(session, lab, 0)
        await failureOf('create', () => makeBatch(session, lab, { zone }), 'NO_CAPACITY')
        assert.deepEqual(alive(lab), [])
      },
    },
    {
      name: 'all or none are made where all were asked for',
      needs: ['no-capacity'],
      check: async (lab) => {
        if (lab.names.length < 2) doesNotApply(oneByOne)
        const session = await lab.open()
        const zone = await fill(session, lab, 1)
        await failureOf('create', () => makeBatch(session, lab, { zone }), 'NO_CAPACITY')
        assert.deepEqual(alive(lab), [], 'it says that none was made')
      },
    },
    {
      name: 'partial success is told with the machines that exist',
      needs: ['no-capacity'],
      check: async (lab) => {
        if (lab.names.length < 2) doesNotApply(oneByOne)
        const session = await lab.open()
        const zone = await fill(session, lab, 1)
        const { ids, failure } = await makeBatch(session, lab, { zone, minimum: 'some' })
        assert.equal(ids.length, 1, `${ids.length} machines are told where one was made`)
        assert.deepEqual(
          ids,
          alive(lab).map(({ id }) => id),
        )
        assert.equal(failure?.code, 'NO_CAPACITY', 'why the others are missing is not told')
      },
    },
    {
      name: 'a limit of the account is told as one',
      needs: ['quota'],
      check: async (lab) => {
        const session = await lab.open()
        await session.prepare(lab.order(), lab.call)
        await lab.cloud.arm({ kind: 'quota', room: 0 })
        await failureOf(
          'an order beyond the limit',
          async () => {
            const fresh = await lab.open()
            await fresh.preflight(lab.order(), lab.call)
            const { failure } = await makeBatch(fresh, lab)
            if (failure !== undefined) throw failure
          },
          'QUOTA_EXCEEDED',
        )
        assert.deepEqual(alive(lab), [])
      },
    },
    {
      name: 'a machine that fails to boot is told with the reason',
      needs: ['boot-failure'],
      check: async (lab) => {
        await lab.cloud.arm({ kind: 'boot-failure', times: lab.names.length })
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        const found = await session.find({ ids, owner: ours }, lab.call)
        for (const { state, reason } of found) {
          assert.ok(state === 'failed' || state === 'gone', `it is told as ${state}`)
          assert.ok(reason, 'there is no reason')
        }
      },
    },
    {
      name: 'create is busy, or goes without, where what machines share vanished',
      needs: ['shared-vanished'],
      check: async (lab) => {
        const session = await lab.open()
        const prepared = await session.prepare(lab.order(), lab.call)
        const [zone] = await session.zones(lab.call)
        await lab.cloud.arm({ kind: 'shared-vanished' })
        const batch = lab.batch(zone?.name ?? '', prepared)
        const { error } = await outcomeOf(() => session.create(batch, lab.call))
        if (error === undefined) return
        await failureOf('create', () => Promise.reject(error), 'BUSY')
        assert.deepEqual(alive(lab), [])
        const again = await makeBatch(session, lab)
        assert.equal(again.ids.length, lab.names.length, 'preparing again did not help')
      },
    },
  ]
}

async function fill(
  session: { zones: (call: Lab['call']) => Promise<readonly { name: string }[]> },
  lab: Lab,
  room: number,
): Promise<string> {
  const [zone] = await session.zones(lab.call)
  assert.ok(zone !== undefined)
  await lab.cloud.arm({ kind: 'no-capacity', zone: zone.name, room })
  return zone.name
}

function namesOf(stem: string, { names }: Lab): readonly string[] {
  return names.map((_, index) => `${stem}-${index + 1}`)
}

function sorted(texts: readonly (string | undefined)[]): readonly string[] {
  return texts.map((text) => text ?? '?').sort()
}
