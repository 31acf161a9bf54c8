import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { z } from 'zod'
import { idRequestsFile } from '../../id-requests.ts'
import { batchSize } from '../../orders/plan.ts'
import { doesNotApply, type Fact } from '../fact.ts'
import { modulesLoadedBy } from '../loaded-modules.ts'
import { optionsOf, readMeta, schemasOf } from '../settings.ts'
import type { Subject } from '../subject.ts'

/** What the command line relies on before anything of the provider is loaded. */
export function manifestFacts({ entry }: Subject): readonly Fact[] {
  return [
    ...(entry === undefined ? [] : [lightFact(entry)]),
    {
      name: 'the name is a word that can be typed and stand in a label',
      check: async ({ subject: { provider } }) => {
        assert.match(provider.name, /^[a-z][a-z0-9-]*$/)
        assert.ok(provider.title.trim().length > 0, 'it has no title')
      },
    },
    {
      name: 'the options can be told as JSON',
      check: async ({ subject: { provider } }) => {
        for (const schema of schemasOf(provider)) {
          const told = JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))
          assert.ok(told.length > 2)
        }
      },
    },
    {
      name: 'every option says what it is',
      check: async ({ subject: { provider } }) => {
        for (const [key, field] of optionsOf(provider)) {
          const { description } = readMeta(field)
          assert.ok(description !== undefined && description !== '', `${key} has no description`)
        }
      },
    },
    {
      name: 'no secret has a default',
      check: async ({ subject: { provider } }) => {
        for (const schema of schemasOf(provider)) {
          const { properties = {} } = z.toJSONSchema(schema, { io: 'input' })
          for (const [key, field] of Object.entries(schema.shape)) {
            if (!readMeta(field).secret) continue
            const told = properties[key]
            const hasDefault = typeof told === 'object' && 'default' in told
            assert.ok(!hasDefault, `${key} is secret and has a default`)
          }
        }
      },
    },
    {
      name: 'options that say token, secret or password are marked as secret',
      check: async ({ subject: { provider } }) => {
        for (const [key, field] of optionsOf(provider)) {
          if (!/(token|secret|password)/i.test(key)) continue
          assert.ok(readMeta(field).secret, `${key} is not marked as secret`)
        }
      },
    },
    {
      name: 'no option is declared twice',
      check: async ({ subject: { provider } }) => {
        const keys = optionsOf(provider).map(([key]) => key)
        assert.equal(new Set(keys).size, keys.length, keys.join(', '))
      },
    },
    {
      name: 'the option that chooses the region is one of every command',
      check: async ({ subject: { provider } }) => {
        const { regionOption, accessOptions } = provider
        if (regionOption === undefined) doesNotApply('no option chooses a region')
        assert.ok(regionOption in accessOptions.shape, `there is no option ${regionOption}`)
      },
    },
    {
      name: 'the limits are whole numbers',
      check: async ({ subject: { provider } }) => {
        const { userDataBytes, batch } = provider.limits
        assert.ok(Number.isInteger(userDataBytes) && userDataBytes >= 8_192, `${userDataBytes}`)
        assert.ok(Number.isInteger(batch) && batch >= 1, `${batch}`)
      },
    },
    {
      name: 'machines of one batch can tell their names',
      check: async ({ subject: { provider } }) => {
        assert.equal(batchSize(provider), provider.limits.batch)
      },
    },
    {
      name: 'machines without cloud-init are told how to ask for their id',
      check: async ({ subject: { provider } }) => {
        const { idRequests } = provider.bootstrap
        if (idRequests === undefined) doesNotApply('all its machines have cloud-init, or are told')
        idRequestsFile(idRequests)
        for (const url of [idRequests.token?.url ?? [], ...idRequests.urls].flat()) {
          assert.equal(URL.parse(url)?.protocol, 'http:', url)
        }
      },
    },
    {
      name: 'services that only the host may ask are named by address',
      check: async ({ subject: { provider } }) => {
        for (const { address, ports = [] } of provider.bootstrap.metadataServices) {
          assert.notEqual(isIP(address), 0, address)
          for (const port of ports) assert.ok(port > 0 && port < 65_536, `${port}`)
        }
      },
    },
    {
      name: 'what the abilities say is what a session can do',
      check: async (lab) => {
        const session = await lab.open()
        const { restart, stop, login = false, consoleLog } = lab.subject.provider.abilities
        assert.equal(session.restart !== undefined, restart, 'restart')
        assert.equal(session.stop !== undefined, stop, 'stop')
        assert.equal(session.start !== undefined, stop, 'start')
        assert.equal(session.login !== undefined, login, 'login')
        assert.equal(session.consoleLog !== undefined, consoleLog, 'consoleLog')
      },
    },
    {
      name: 'options that people are asked for have choices',
      check: async (lab) => {
        const session = await lab.open()
        const asked = optionsOf(lab.subject.provider).filter(([, field]) => readMeta(field).ask)
        if (asked.length > 0) assert.ok(session.choices, 'the session has no choices')
      },
    },
    {
      name: 'opening a session makes no request',
      check: async (lab) => {
        await lab.open()
        await lab.pass(10_000)
        assert.deepEqual(namesOf(lab.proxy.seen), [])
      },
    },
  ]
}

function namesOf(seen: readonly { kind: { name: string } }[]): readonly string[] {
  return seen.map(({ kind }) => kind.name)
}

/** Other commands read the manifest too, and are not to pay for an SDK. */
function lightFact(entry: string): Fact {
  return {
    name: 'the manifest loads nothing but its own modules, core and zod',
    check: async () => {
      const own = new URL('.', entry).href
      const others = (await modulesLoadedBy(entry)).filter(
        (url) => !url.startsWith(own) || url.slice(own.length).includes('node_modules'),
      )
      assert.deepEqual(others, [])
    },
  }
}
