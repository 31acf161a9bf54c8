import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'rolldown'
import { expect, it } from 'vitest'
import config from '../../rolldown.config.ts'
import { makeFolder } from '../folder.ts'
import { hashOf, startMaster } from '../master-double.ts'

const starter = join(import.meta.dirname, '../../../../templates/node/start-agent.mjs')

it('an update that is killed again and again leaves an agent that starts, and comes to its end', async () => {
  const { output } = await build({ ...config, write: false })
  const agents = ['first', 'second', 'third'].map((name) => `${output[0].code}// ${name}\n`)
  const [first = '', second = '', third = ''] = agents
  const root = makeFolder()
  const folder = join(root, 'var/lib/kontena')
  mkdirSync(folder, { recursive: true })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  writeFileSync(join(folder, 'agent.mjs'), first)
  await using master = await startMaster({ agent: second })
  const start = () =>
    spawn(process.execPath, [starter], {
      env: {
        KONTENA_ROOT: root,
        KONTENA_URI: master.url,
        KONTENA_NODE_TOKEN: 'secret',
        KONTENA_STATE_DIR: folder,
        KONTENA_UPDATE_SPREAD: '0',
      },
      stdio: 'ignore',
    })

  // Of each agent on trial at most two starts are cut off: three would be a reason to go back.
  for (const round of [1, 2, 3, 4, 5, 6]) {
    const running = start()
    const ended = once(running, 'exit')
    // An agent gets online and through its update in about 300 ms: now here, now there.
    await Promise.race([ended, sleep(120 + ((round * 71) % 280))])
    running.kill('SIGKILL')
    await ended
    expect(agents).toContain(read('agent.mjs'))
    if (round === 3) master.downloads.offer(third)
  }
  // As its unit does, until one stays.
  let running = start()
  running.on('exit', function again() {
    running = start()
    running.on('exit', again)
  })
  await expect.poll(() => read('agent.mjs'), { timeout: 20_000 }).toBe(third)
  await expect
    .poll(() => read('agent.trial'), { timeout: 20_000 })
    .toMatch(new RegExp(`^k ${hashOf(third)} (${hashOf(first)}|${hashOf(second)})\n$`))
  running.removeAllListeners('exit')
  running.kill('SIGKILL')
})
