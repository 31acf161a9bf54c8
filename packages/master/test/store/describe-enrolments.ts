import { describe, expect, it } from 'vitest'
import type { EnrolledMachine, NewEnrolment } from '../../src/store/enrolment-store.ts'
import type { Store } from '../../src/store/store.ts'
import { actor, addNode, newGrid, now } from './sample-records.ts'

const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)

function wanted(change: Partial<NewEnrolment> = {}): NewEnrolment {
  return {
    grid: 'prod',
    order: 'order-1',
    secretHash: 'secret',
    expiresAt: later(60_000),
    nodes: [
      { name: 'web-1', labels: ['az=a'] },
      { name: 'web-2', labels: [] },
    ],
    ...change,
  }
}

function machine(change: Partial<EnrolledMachine> = {}): EnrolledMachine {
  return {
    secretHash: 'secret',
    name: 'web-1',
    tokenHash: 'token-1',
    machine: { provider: 'aws', account: '1', region: 'r', id: 'i-1', order: 'order-1' },
    hostKeys: ['ssh-ed25519 AAAA'],
    sshUser: 'debian',
    ...change,
  }
}

export function describeEnrolments(store: () => Store): void {
  const create = (change: Partial<NewEnrolment> = {}) =>
    store().createEnrolment(wanted(change), actor, now)
  const enrol = async (change: Partial<EnrolledMachine> = {}, at = now) =>
    (await store().enrol(machine(change), actor, at)).outcome

  describe('enrolments', () => {
    it('register all nodes of an order, waiting for their machines', async () => {
      const made = await create()
      expect(made).toMatchObject({ outcome: 'created', expiresAt: later(60_000) })
      expect(await store().nodes('prod')).toMatchObject([
        { name: 'web-1', number: 1, labels: ['az=a'], enrolment: 'pending', hasToken: false },
        { name: 'web-2', number: 2, labels: [], enrolment: 'pending', order: 'order-1' },
      ])
    })

    it('change nothing when the same order comes again', async () => {
      const first = await create()
      const again = await create({ nodes: [{ name: 'other', labels: [] }] })
      expect(again).toEqual({ ...first, outcome: 'repeated' })
      expect(await store().nodes('prod')).toHaveLength(2)
    })

    it('refuse an order under another secret or in another grid, and a secret of another order', async () => {
      await create()
      await store().createGrid(newGrid('test'), actor, now)
      const refused = { outcome: 'other-order' }
      expect(await create({ secretHash: 'guess' })).toEqual(refused)
      expect(await create({ grid: 'test' })).toEqual(refused)
      expect(await create({ order: 'order-2' })).toEqual(refused)
    })

    it('register nothing when one name is taken', async () => {
      await addNode(store(), 'web-2')
      expect(await create()).toEqual({ outcome: 'names-taken', names: ['web-2'] })
      expect(await store().node('prod', 'web-1')).toBeUndefined()
      expect(await enrol()).toBe('invalid')
    })

    it('register nothing when not all fit', async () => {
      const nodes = Array.from({ length: 253 }, (_, index) => ({ name: `n${index}`, labels: [] }))
      await create({ order: 'big', secretHash: 'big', nodes })
      expect(await create()).toEqual({ outcome: 'grid-full', free: 1 })
      expect(await store().nodes('prod')).toHaveLength(253)
    })

    it('need a grid', async () => {
      expect(await create({ grid: 'nowhere' })).toEqual({ outcome: 'no-grid' })
    })

    it('give a node to the machine that takes its name', async () => {
      await create()
      expect(await enrol()).toBe('enrolled')
      expect(await store().nodeByToken('token-1')).toMatchObject({
        name: 'web-1',
        hasToken: true,
        enrolment: 'enrolled',
        machine: { id: 'i-1' },
        hostKeys: ['ssh-ed25519 AAAA'],
        sshUser: 'debian',
      })
      expect(await store().readableToken('prod', 'web-1')).toBeUndefined()
    })

    it('answer the same machine again, even after the secret is dead', async () => {
      await create()
      await enrol()
      expect(await enrol()).toBe('repeated')
      expect(await enrol({}, later(60_001))).toBe('repeated')
      await store().endEnrolment('prod', 'order-1', actor, now)
      expect(await enrol()).toBe('repeated')
    })

    it('notice a second machine under the same name', async () => {
      await create()
      await enrol()
      expect(await enrol({ tokenHash: 'thief' })).toBe('name-taken')
      expect(await store().node('prod', 'web-1')).toMatchObject({ enrolment: 'contested' })
      expect(await store().nodeByToken('thief')).toBeUndefined()
      expect(await store().nodeByToken('token-1')).toBeDefined()
      expect((await store().auditLog(1))[0]?.event).toBe('contest enrolment')
    })

    it('keep one record of it, however often the name is tried', async () => {
      await create()
      await enrol()
      for (const tokenHash of ['a', 'b', 'c']) await enrol({ tokenHash })
      const events = (await store().auditLog(100)).map(({ event }) => event)
      expect(events.filter((event) => event === 'contest enrolment')).toHaveLength(1)
    })

    it('give a machine one name only, and contest none of another order', async () => {
      await create()
      await enrol()
      const nodes = [{ name: 'db-1', labels: [] }]
      await create({ order: 'order-2', secretHash: 'secret-2', nodes })
      const claim = { ...machine().machine, order: 'order-2' }
      const liar = { secretHash: 'secret-2', name: 'db-1', tokenHash: 'liar', machine: claim }
      expect(await enrol(liar)).toBe('machine-taken')
      expect(await store().node('prod', 'web-1')).toMatchObject({ enrolment: 'enrolled' })
      const elsewhere = { ...claim, region: 'other' }
      expect(await enrol({ ...liar, machine: elsewhere })).toBe('enrolled')
    })

    it('give one of two racing machines the name', async () => {
      await create()
      const outcomes = await Promise.all([enrol({ tokenHash: 'a' }), enrol({ tokenHash: 'b' })])
      expect(outcomes.sort()).toEqual(['enrolled', 'name-taken'])
    })

    it('refuse a token that another node has', async () => {
      await create()
      await enrol()
      expect(await enrol({ name: 'web-2' })).toBe('token-taken')
    })

    it.each([
      ['an unknown secret', { secretHash: 'guess' }],
      ['a name of no order', { name: 'web-9' }],
      ['a machine of another order', { machine: { ...machine().machine, order: 'order-2' } }],
    ])('refuse %s', async (_what, change) => {
      await create()
      expect(await enrol(change)).toBe('invalid')
      expect(await store().nodes('prod')).toMatchObject([
        { enrolment: 'pending' },
        { enrolment: 'pending' },
      ])
    })

    it('refuse a name of the same grid that belongs to another order', async () => {
      await create()
      const nodes = [{ name: 'db-1', labels: [] }]
      await create({ order: 'order-2', secretHash: 'secret-2', nodes })
      expect(await enrol({ name: 'db-1' })).toBe('invalid')
    })

    it('refuse a secret from the moment it expires', async () => {
      await create()
      expect(await enrol({}, later(59_999))).toBe('enrolled')
      expect(await enrol({ name: 'web-2', tokenHash: 't2' }, later(60_000))).toBe('invalid')
    })

    it('refuse a secret whose order has ended, and keep the nodes', async () => {
      await create()
      await store().endEnrolment('prod', 'order-1', actor, now)
      expect(await enrol()).toBe('invalid')
      expect(await store().nodes('prod')).toHaveLength(2)
    })

    it('end quietly where nothing is to end', async () => {
      await store().endEnrolment('prod', 'order-9', actor, now)
      await create()
      await store().endEnrolment('nowhere', 'order-1', actor, now)
      expect(await enrol()).toBe('enrolled')
    })

    it('give no name whose node was removed', async () => {
      await create()
      await store().removeNode('prod', 'web-1', actor, now)
      expect(await enrol()).toBe('invalid')
    })
  })
}
