import assert from 'node:assert/strict'
import { anywhere, networkPolicy, type PolicyOptions, parseCidr } from '../../network-policy.ts'
import { failureOf } from '../check.ts'
import { doesNotApply, type Fact } from '../fact.ts'
import {
  clearShared,
  inventory,
  type Lab,
  makeBatch,
  otherGrid,
  otherMaster,
  ours,
  requestsOf,
  takeAway,
} from '../lab.ts'
import { spellRules } from '../rules.ts'

/** Flags of an order that are about ports, each with its own rules. */
const policies: Readonly<Record<string, PolicyOptions>> = {
  'no flags': {},
  'services of both protocols': { open: ['80/tcp', '443', '8000-8010/udp'] },
  'SSH from two ranges': { sshFrom: ['203.0.113.0/24', '2001:db8::/32'] },
  'the VPN from one address': { vpnFrom: ['198.51.100.7'] },
  'the VPN closed': { vpnFrom: 'none' },
  'everything at once': {
    sshFrom: ['192.0.2.0/25'],
    vpnFrom: ['198.51.100.0/24'],
    open: ['80', '9000-9001/tcp', '53/udp'],
  },
}

/** What machines of a grid share: it is made once, admits what was asked, and goes with the last. */
export function sharingFacts(): readonly Fact[] {
  return [
    ...Object.entries(policies).map(portFact),
    {
      name: 'prepare again changes nothing',
      check: async (lab) => {
        const first = await (await lab.open()).prepare(lab.order(), lab.call)
        const there = inventory(lab)
        const session = await lab.open()
        const seen = await requestsOf(lab, async () => {
          const second = await session.prepare(lab.order(), lab.call)
          assert.deepEqual(second.network, first.network)
        })
        const changes = seen.filter(({ kind }) => kind.changes).map(({ kind }) => kind.name)
        assert.deepEqual(changes, [])
        assert.deepEqual(inventory(lab), there)
      },
    },
    {
      name: 'two commands that prepare at the same time both succeed',
      check: async (lab) => {
        const sessions = [await lab.open(), await lab.open()]
        const ends = await Promise.allSettled(
          sessions.map((session) => session.prepare(lab.order(), lab.call)),
        )
        for (const [index, end] of ends.entries()) {
          if (end.status === 'rejected') {
            await failureOf(
              'prepare',
              async () => Promise.reject(end.reason),
              'BUSY',
              'UNAVAILABLE',
            )
          }
          await sessions[index]?.prepare(lab.order(), lab.call)
        }
        const names = lab.cloud.things().map(({ kind, name }) => `${kind} ${name}`)
        assert.equal(new Set(names).size, names.length, `something is there twice: ${names}`)
      },
    },
    {
      name: 'prepare takes no rule away',
      check: async (lab) => {
        requireFirewall(lab)
        const session = await lab.open()
        const wide = networkPolicy({ open: ['80/tcp'] })
        await session.prepare(lab.order({ policy: wide }), lab.call)
        await session.prepare(lab.order({ policy: networkPolicy() }), lab.call)
        assert.deepEqual(spellRules(lab.cloud.rules(ours)), spellRules(wide.rules))
      },
    },
    {
      name: 'prepare adds the rules that are missing',
      check: async (lab) => {
        requireFirewall(lab)
        const session = await lab.open()
        await session.prepare(lab.order(), lab.call)
        const wide = networkPolicy({ open: ['443/tcp'] })
        await session.prepare(lab.order({ policy: wide }), lab.call)
        assert.deepEqual(spellRules(lab.cloud.rules(ours)), spellRules(wide.rules))
      },
    },
    {
      name: 'what machines share carries its owner',
      check: async (lab) => {
        const before = lab.cloud.things().map(({ id }) => id)
        await (await lab.open()).prepare(lab.order(), lab.call)
        const made = lab.cloud.things().filter(({ id }) => !before.includes(id))
        for (const { kind, name, owner } of made) assert.deepEqual(owner, ours, `${kind} ${name}`)
      },
    },
    {
      name: 'removeShared leaves nothing',
      check: async (lab) => {
        const before = inventory(lab)
        const session = await lab.open()
        await session.prepare(lab.order(), lab.call)
        assert.deepEqual(await clearShared(session, lab), [])
        assert.deepEqual(inventory(lab), before)
      },
    },
    {
      name: 'removeShared succeeds where nothing is left',
      check: async (lab) => {
        const session = await lab.open()
        assert.deepEqual(await session.removeShared(ours, lab.call), [])
        await session.prepare(lab.order(), lab.call)
        await clearShared(session, lab)
        assert.deepEqual(await session.removeShared(ours, lab.call), [])
      },
    },
    {
      name: 'removeShared is busy while a machine holds on',
      check: async (lab) => {
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await lab.pass(lab.subject.times.boot)
        if (lab.cloud.things().every(({ owner }) => owner === undefined)) {
          doesNotApply('machines of a grid share nothing')
        }
        await failureOf('removeShared', () => session.removeShared(ours, lab.call), 'BUSY')
        assert.ok(
          lab.cloud.machines().some(({ id }) => id === ids[0]),
          'it took a machine away',
        )
      },
    },
    {
      name: 'removeShared is busy while the cloud refuses it',
      needs: ['held'],
      check: async (lab) => {
        const before = inventory(lab)
        const session = await lab.open()
        const { ids } = await makeBatch(session, lab)
        await takeAway(session, lab, ids)
        await lab.cloud.arm({ kind: 'held', times: 1 })
        await failureOf('removeShared', () => session.removeShared(ours, lab.call), 'BUSY')
        await clearShared(session, lab)
        assert.deepEqual(inventory(lab), before)
      },
    },
    ...[otherGrid, otherMaster].map(
      (other): Fact => ({
        name: 'removeShared leaves what other grids share',
        case: other === otherGrid ? 'of the same master' : 'of the same name at another master',
        check: async (lab) => {
          const session = await lab.open()
          await session.prepare(lab.order({ owner: other }), lab.call)
          const theirs = inventory(lab)
          await session.prepare(lab.order(), lab.call)
          await clearShared(session, lab)
          assert.deepEqual(inventory(lab), theirs)
        },
      }),
    ),
  ]
}

function requireFirewall({ subject: { provider } }: Lab): void {
  if (provider.abilities.firewall.esp === 'host') doesNotApply('machines enforce ports themselves')
}

function portFact([flags, options]: [string, PolicyOptions]): Fact {
  return {
    name: 'exactly the ports that were asked for are open',
    case: flags,
    check: async (lab) => {
      const policy = networkPolicy(options)
      const { network } = await (await lab.open()).prepare(lab.order({ policy }), lab.call)
      const told = spellRules(lab.cloud.rules(ours))
      if (lab.subject.provider.abilities.firewall.esp === 'cloud') {
        assert.deepEqual(told, spellRules(policy.rules))
        return
      }
      assert.deepEqual(told, [], 'a firewall of the cloud stands beside that of the host')
      assertPrivate(network, lab)
    },
  }
}

/** A host firewall admits the overlay from there, so it must be somewhere, and not everywhere. */
function assertPrivate(network: readonly string[], { subject }: Lab): void {
  assert.ok(network.length > 0, `${subject.provider.title} names no private network`)
  for (const range of network) {
    assert.equal(parseCidr(range), range, `${range} is not a range`)
    assert.ok(!anywhere.includes(range), 'the overlay would be open to all')
  }
}
