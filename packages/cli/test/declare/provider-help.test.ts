import { describe, expect, it } from 'vitest'
import { builtInProviders } from '../../src/providers.ts'
import { runCli } from '../run-cli.ts'

const providers = await Promise.all(
  builtInProviders.map(async ({ name, title, load }) => ({ name, title, provider: await load() })),
)

describe.each(providers)('kontena $name', ({ name, title, provider }) => {
  it('is the provider that its word stands for', () => {
    expect(provider).toMatchObject({ name, title })
  })

  it('says in its help how machines are made', async () => {
    const { code, stdout } = await runCli([name, 'node', 'create', '--help'], { columns: 100 })
    expect(code).toBe(0)
    await expect(stdout).toMatchFileSnapshot(`../snapshots/${name}-node-create.txt`)
  })

  it('has no option twice, and shows no secret by default', async () => {
    for (const command of ['create', 'terminate', 'restart', 'list']) {
      if (command === 'restart' && !provider.abilities.restart) continue
      const { code, stdout } = await runCli([name, 'node', command, '--help'])
      const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag)
      expect({ code, flags }).toEqual({ code: 0, flags: [...new Set(flags)] })
      expect(stdout).not.toMatch(/--(token|password|secret-key) .*default/)
    }
  })

  it.runIf(provider.ended === undefined)('names its nodes where none is named', async () => {
    for (const command of provider.abilities.restart ? ['terminate', 'restart'] : ['terminate']) {
      const { code, stderr } = await runCli([name, 'node', command])
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `ERROR: parameter 'NAME': no value provided\n\nSee: 'kontena ${name} node ${command} --help'\n`,
      })
    }
  })
})

describe('kontena packet', () => {
  it.each([['node'], ['master']])('%s create says what became of it', async (noun) => {
    const { code, stdout, stderr } = await runCli(['packet', noun, 'create', '--type', 'c1'], {
      isTTY: true,
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('2026-06-30')
    expect(stderr).toContain('hint: ')
  })
})
