import assert from 'node:assert/strict'
import type { ProviderSession } from '../../provider.ts'
import { type CommandLab, cancelled, endAll, inCommandLab, nextCommand } from '../command-lab.ts'
import { doesNotApply, type Fact } from '../fact.ts'
import { type Fault, faults } from '../faults.ts'
import { alive, inLab } from '../lab.ts'
import {
  describeRequest,
  enumerate,
  isWorth,
  type RecordedRequest,
  sameRequest,
} from '../recordings.ts'
import type { Subject } from '../subject.ts'

/** A command with what went before it; faults strike from the moment that `strike` is called. */
interface Story {
  readonly name: string
  tell(commands: CommandLab, strike: () => AbortSignal): Promise<void>
}

const stories: readonly Story[] = [
  {
    name: 'an order',
    tell: async (commands, strike) => {
      const scope = await commands.open()
      const plan = await commands.plan(scope)
      const signal = strike()
      await commands.create(plan, { ...scope, signal })
    },
  },
  {
    name: 'an order that is rolled back',
    tell: async (commands, strike) => {
      const { master, lab } = commands
      master.enrols = false
      const scope = await commands.open()
      const plan = await commands.plan(scope)
      const control = new AbortController()
      const work = commands.create(plan, { ...scope, signal: control.signal })
      // Once the machines run, what is left of the order is its end.
      await lab.pass(lab.subject.times.boot + 20_000)
      strike().addEventListener('abort', () => control.abort(new Error(cancelled)))
      await work
    },
  },
  {
    name: 'the end of nodes',
    tell: async (commands, strike) => {
      const scope = await commands.open()
      await commands.create(await commands.plan(scope), scope)
      const next = await commands.open()
      const signal = strike()
      await commands.terminate({ ...next, signal })
    },
  },
]

/** Whatever fails in a command, one more command later nothing is lost and nothing is there twice. */
export async function orderingFacts(subject: Subject): Promise<readonly Fact[]> {
  const facts: Fact[] = [...stories.map(plainFact), ...weatherFacts]
  for (const story of stories) {
    const requests = await record(subject, story)
    for (const request of requests) {
      const { changes } = request.seen.kind
      // Whoever polls reads the same again.
      if (!changes && request.isRepeat) continue
      const striking = faults.filter(
        (fault) =>
          (fault.inOrders === 'all' || (fault.inOrders === 'changes' && changes)) &&
          isWorth(fault, request),
      )
      facts.push(...striking.map((fault) => faultFact(story, request, fault)))
      // Where nothing changes, one place is as good as another.
      const isFirst = request === requests[0]
      if (isFirst || changes) facts.push(interruptedFact(story, request))
    }
  }
  return facts
}

function plainFact(story: Story): Fact {
  return {
    name: `${story.name} comes to its end`,
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        await story.tell(commands, () => lab.call.signal)
        const expected = story.name === 'an order' ? 2 : 0
        assert.equal(alive(lab).length, expected, `${alive(lab).length} machines are there`)
        await nextCommand(commands)
        await endAll(commands)
      }),
  }
}

/** What a command asks of the cloud; nothing where it fails all by itself, which its own fact tells. */
async function record(subject: Subject, story: Story): Promise<readonly RecordedRequest[]> {
  const tell = async (commands: CommandLab): Promise<readonly RecordedRequest[]> => {
    const { proxy, call } = commands.lab
    let from = 0
    await story.tell(commands, () => {
      from = proxy.seen.length
      return call.signal
    })
    return enumerate(proxy.seen.slice(from))
  }
  try {
    return await inLab(subject, (lab) => inCommandLab(lab, tell))
  } catch {
    return []
  }
}

function faultFact(story: Story, request: RecordedRequest, fault: Fault): Fact {
  return {
    name: `${story.name} loses and doubles no machine when ${fault.name}`,
    case: describeRequest(request),
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        await story.tell(commands, () => {
          const isIt = sameRequest(request)
          lab.proxy.strike = (seen) => (isIt(seen) ? fault.strike(lab.subject.words) : undefined)
          return lab.call.signal
        })
        // The kernel repeats what went wrong once, so that nobody has to notice.
        const mayRepeat = lab.subject.provider.abilities.idempotentCreate
        if (story.name === 'an order' && mayRepeat) {
          assert.equal(alive(lab).length, 2, 'the order did not get over it')
        }
        await finish(story, commands)
      }),
  }
}

function interruptedFact(story: Story, request: RecordedRequest): Fact {
  return {
    name: `${story.name} loses and doubles no machine when it is cut off`,
    case: describeRequest(request),
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const control = new AbortController()
        await story.tell(commands, () => {
          const isIt = sameRequest(request)
          lab.proxy.strike = (seen) => {
            if (isIt(seen)) control.abort(new Error(cancelled))
            return undefined
          }
          return control.signal
        })
        await finish(story, commands)
      }),
  }
}

/** Who wanted nodes gone types the same again; who wanted nodes looks at what there is. */
async function finish(story: Story, commands: CommandLab): Promise<void> {
  const isEnd = story.name === 'the end of nodes'
  await nextCommand(commands, isEnd ? (scope) => commands.terminate(scope) : undefined)
  if (commands.master.nodes.length > 0) await endAll(commands)
}

const weatherFacts: readonly Fact[] = [
  {
    name: 'an order whose zone is full goes on in another',
    needs: ['no-capacity'],
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const scope = await commands.open()
        const [zone, other] = await scope.session.zones({ signal: scope.signal })
        if (zone === undefined || other === undefined) doesNotApply('there is one zone')
        const plan = await commands.plan(scope)
        await lab.cloud.arm({ kind: 'no-capacity', zone: zone.name, room: 0 })
        await commands.create(plan, scope)
        assert.equal(alive(lab).length, 2, 'not all machines were made')
        await nextCommand(commands)
        await endAll(commands)
      }),
  },
  {
    name: 'an order that meets a limit leaves nothing that is not online',
    needs: ['quota'],
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const scope = await commands.open()
        const plan = await commands.plan(scope)
        await lab.cloud.arm({ kind: 'quota', room: 1 })
        await commands.create(plan, scope)
        await nextCommand(commands)
        await endAll(commands)
      }),
  },
  {
    name: 'an order whose machine fails to boot takes it away',
    needs: ['boot-failure'],
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const scope = await commands.open()
        const plan = await commands.plan(scope)
        await lab.cloud.arm({ kind: 'boot-failure', times: 1 })
        await commands.create(plan, scope)
        assert.equal(alive(lab).length, 1, 'the machine that failed is still there')
        await nextCommand(commands)
        await endAll(commands)
      }),
  },
  {
    name: 'an order in a cloud that shows machines late is settled',
    climate: { kind: 'late-lists', milliseconds: 60_000 },
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const scope = await commands.open()
        const plan = await commands.plan(scope)
        let isLost = false
        lab.proxy.strike = (seen) => {
          if (isLost || !seen.kind.changes || alive(lab).length === 0) return undefined
          isLost = true
          return { commits: true }
        }
        await commands.create(plan, scope)
        await nextCommand(commands)
        await endAll(commands)
      }),
  },
  {
    name: 'nodes whose firewall is held end later',
    needs: ['held'],
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const scope = await commands.open()
        await commands.create(await commands.plan(scope), scope)
        await lab.cloud.arm({ kind: 'held', times: 3 })
        await commands.terminate(await commands.open())
        await nextCommand(commands)
        assert.deepEqual(alive(lab), [])
      }),
  },
  {
    name: 'nodes whose machines take long to go end later',
    needs: ['slow-termination'],
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const scope = await commands.open()
        await commands.create(await commands.plan(scope), scope)
        await lab.cloud.arm({ kind: 'slow-termination', milliseconds: 300_000 })
        await commands.terminate(await commands.open())
        await nextCommand(commands)
        assert.deepEqual(alive(lab), [])
      }),
  },
  {
    name: 'an order whose shared things vanish makes them again',
    needs: ['shared-vanished'],
    check: (lab) =>
      inCommandLab(lab, async (commands) => {
        const scope = await commands.open()
        const plan = await commands.plan(scope)
        const work = commands.create(plan, {
          ...scope,
          session: vanishing(scope.session, () => lab.cloud.arm({ kind: 'shared-vanished' })),
        })
        await work
        assert.equal(alive(lab).length, 2, 'not all machines were made')
        await nextCommand(commands)
        await endAll(commands)
      }),
  },
]

/** A session after whose first `prepare` all of it is gone again. */
function vanishing(session: ProviderSession, vanish: () => Promise<void> | void): ProviderSession {
  let isGone = false
  return {
    ...session,
    prepare: async (order, call) => {
      const prepared = await session.prepare(order, call)
      if (!isGone) await vanish()
      isGone = true
      return prepared
    },
  }
}
