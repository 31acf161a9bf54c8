/** A real master in this process, which also tells what it takes. */
import { subscribe } from 'node:diagnostics_channel'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type RunningMaster, startMaster } from '@kontena/master'
import { answerCommands } from '../process/answer-commands.ts'
import { type MasterSample, masterCommand, type StartedMaster } from './commands.ts'

const resolution = 10
const delay = monitorEventLoopDelay({ resolution })
let commits = 0
let master: RunningMaster | undefined

subscribe('kontena:store:commit', () => {
  commits += 1
})

answerCommands(async (received) => {
  const command = masterCommand.parse(received)
  switch (command.do) {
    case 'start': {
      const agentBundle = Buffer.from('export const agent = true\n')
      master = await startMaster({ ...command, agentBundle }, ({ line }) => {
        process.stdout.write(`${line}\n`)
      })
      delay.enable()
      const { url, adminCode, caPem } = master
      const { at: listening, rss, cpu } = sample()
      return { url, adminCode, caPem, listening, rss, cpu } satisfies StartedMaster
    }
    case 'sample':
      return sample()
    case 'stop':
      await master?.close()
      return undefined
  }
})

/** Delays are those since the last sample; the rest only grows. */
function sample(): MasterSample {
  const { user, system } = process.cpuUsage()
  const late = (percent: number): number =>
    Math.max(0, delay.percentile(percent) / 1e6 - resolution)
  const loop = { p50: late(50), p99: late(99), most: late(100) }
  delay.reset()
  return { at: now(), rss: process.memoryUsage.rss(), cpu: (user + system) / 1000, commits, loop }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
