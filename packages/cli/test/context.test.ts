import { describe, expect, it } from 'vitest'
import { openContext } from '../src/context.ts'
import { fakeIo } from './fake-io.ts'

describe('openContext', () => {
  it('keeps its files in the home directory unless variables name others', () => {
    expect(openContext(fakeIo({ userHome: '/home/me' }))).toMatchObject({
      home: '/home/me/.kontena',
      configFile: '/home/me/.kontena_client.json',
    })
    const env = { KONTENA_HOME: '/srv/kontena', KONTENA_CONFIG: '/srv/client.json' }
    expect(openContext(fakeIo({ env }))).toMatchObject({
      home: '/srv/kontena',
      configFile: '/srv/client.json',
    })
  })

  it('redraws and asks only on a terminal, and not with --json', () => {
    expect(openContext(fakeIo({ isTTY: true }))).toMatchObject({ live: true, isTTY: true })
    expect(openContext(fakeIo())).toMatchObject({ live: false, isTTY: false })
    expect(openContext(fakeIo({ isTTY: true }), { json: true })).toMatchObject({
      live: false,
      isTTY: false,
    })
  })

  it.each([
    ['KONTENA_SIMPLE_TERM', '1'],
    ['TERM', 'dumb'],
  ])('neither redraws nor paints with %s=%s', (name, value) => {
    const context = openContext(fakeIo({ isTTY: true, env: { [name]: value } }))
    expect(context).toMatchObject({ live: false, color: false })
    expect(context.style.red('x')).toBe('x')
  })

  it('draws nothing again on a terminal that has no width', () => {
    expect(openContext(fakeIo({ isTTY: true, columns: 0 }))).toMatchObject({ live: false })
  })

  it('says things to people on stderr with --json, and prints results on stdout', () => {
    const io = fakeIo()
    const context = openContext(io, { json: true })
    context.say('hello')
    context.warn('careful', 'do this')
    context.printJson({ a: 1 })
    expect(io.stdout.text).toBe('{"a":1}\n')
    expect(io.stderr.text).toBe('hello\n [warn] careful\nhint: do this\n')
  })

  it('asks nothing with force', async () => {
    const io = fakeIo()
    await openContext(io).confirm('web-1', { force: true })
    expect(io.stdout.text).toBe('')
  })
})
