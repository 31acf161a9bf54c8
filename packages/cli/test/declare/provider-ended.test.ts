import { type Provider, ProvisionError } from '@kontena/core'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import type { Context } from '../../src/context.ts'
import { openContext } from '../../src/context.ts'
import { configureCommand } from '../../src/declare/configure-command.ts'
import { declareProvider } from '../../src/declare/provider.ts'
import { fakeIo } from '../fake-io.ts'
import { testCloud, testProvider } from '../prompts/test-provider.ts'

const ended = { message: 'Cloud ended', hint: 'use another' }

/** The command of a provider whose service is no more, and how often it was loaded. */
function declare(io = fakeIo()) {
  let loaded = 0
  const provider: Provider = {
    ...testProvider(testCloud()),
    ended,
    load: () => {
      loaded += 1
      return Promise.reject(new Error('there is no cloud to load it for'))
    },
  }
  const program = new Command('kontena')
  declareProvider(program.command('cloud'), provider, (work: (context: Context) => Promise<void>) =>
    work(openContext(io)),
  )
  configureCommand(program, io)
  return {
    run: (...argv: string[]) => program.parseAsync(argv, { from: 'user' }),
    loads: () => loaded,
  }
}

describe('a provider whose service is no more', () => {
  it.each([
    [['node', 'create']],
    [['node', 'create', 'web', 'more', '--token', 'x', '--unknown', '--count', 'none']],
    [['master', 'create', '--name', 'm']],
  ])('says so at once for %j, whatever else was typed', async (argv) => {
    const command = declare(fakeIo({ isTTY: true }))
    const error: unknown = await command.run('cloud', ...argv).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ProvisionError)
    expect(error).toMatchObject({ code: 'NOT_SUPPORTED', ...ended })
    expect(command.loads()).toBe(0)
  })

  it('still takes the records of its machines away', async () => {
    const io = fakeIo()
    const gone = declare(io).run('cloud', 'node', 'terminate', 'web-1', '--force')
    await expect(gone).rejects.toMatchObject({ code: 'NOT_LOGGED_IN' })
  })
})
