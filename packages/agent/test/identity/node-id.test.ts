import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openNodeId } from '../../src/identity/node-id.ts'
import { makeFolder } from '../folder.ts'

const nothing = { given: undefined, docker: undefined }
const uuid = /^[0-9a-f-]{36}$/

/** Opens the id as an agent does that starts, on a machine of which nothing can be seen. */
async function open(sources: {
  given?: string
  docker?: string | undefined
  stateFolder: string
  sys?: string
}) {
  const lines: string[] = []
  const log = (level: string, message: string): number => lines.push(`${level} ${message}`)
  const nodeId = await openNodeId({ ...nothing, sys: '/nowhere', log, ...sources })
  return { ...nodeId, lines }
}

const idOf = async (sources: Parameters<typeof open>[0]): Promise<string> =>
  (await open(sources)).current()

/** A `/sys` of a machine with this number and these network cards; bridges come along. */
function makeMachine(number: string, cards: Record<string, string>): string {
  const sys = makeFolder()
  mkdirSync(join(sys, 'class/dmi/id'), { recursive: true })
  writeFileSync(join(sys, 'class/dmi/id/product_uuid'), `${number}\n`)
  for (const [name, address] of Object.entries({ ...cards, docker0: '02:42:00:00:00:01' })) {
    mkdirSync(join(sys, 'class/net', name), { recursive: true })
    writeFileSync(join(sys, 'class/net', name, 'address'), `${address}\n`)
    if (name !== 'docker0') mkdirSync(join(sys, 'class/net', name, 'device'))
  }
  return sys
}

const first = 'ec2a1b2c-3d4e-5f60-7182-93a4b5c6d7e8'
const second = 'ec2f0e1d-2c3b-4a59-6877-8695a4b3c2d1'
const machine = () => makeMachine(first, { ens5: '0a:11:22:33:44:55' })

describe('the id of a node', () => {
  it('is the one that is given, and nothing is kept then', async () => {
    const stateFolder = makeFolder()
    const { current, accepted, taken } = await open({ given: 'given', docker: 'd', stateFolder })

    await accepted(true)

    expect(await taken()).toBe(false)
    expect(current()).toBe('given')
    expect(readdirSync(stateFolder)).toEqual([])
  })

  it("is Docker's, and stays when Docker gets another one", async () => {
    const stateFolder = join(makeFolder(), 'made', 'when needed')

    expect(await idOf({ docker: 'first', stateFolder })).toBe('first')
    expect(await idOf({ docker: 'second', stateFolder })).toBe('first')
    expect(await idOf({ stateFolder })).toBe('first')
  })

  it('is made up without Docker, for good', async () => {
    const stateFolder = makeFolder()

    const id = await idOf({ stateFolder })

    expect(id).toMatch(uuid)
    expect(await idOf({ docker: 'later', stateFolder })).toBe(id)
    expect(await idOf({ stateFolder: makeFolder() })).not.toBe(id)
    expect(readFileSync(join(stateFolder, 'node-id'), 'utf8').split('\n')[0]).toBe(id)
    expect(statSync(join(stateFolder, 'node-id')).mode & 0o777).toBe(0o600)
  })

  it.each(['', 'two words\n', '\u0000'])('is another where the kept one is %j', async (broken) => {
    const stateFolder = makeFolder()
    writeFileSync(join(stateFolder, 'node-id'), broken)

    expect(await idOf({ docker: 'docker', stateFolder })).toBe('docker')
  })

  it.each(['kept', 'kept\n', 'kept\nnonsense\n', 'kept\n{"isAccepted":7}\n'])(
    'is the kept one, whatever else %j says',
    async (text) => {
      const stateFolder = makeFolder()
      writeFileSync(join(stateFolder, 'node-id'), text)

      const { current, taken } = await open({ docker: 'docker', stateFolder, sys: machine() })

      expect(current()).toBe('kept')
      expect(await taken()).toBe(false)
    },
  )

  it('is asked for where it cannot be kept', async () => {
    const stateFolder = join(makeFolder(), 'file')
    writeFileSync(stateFolder, '')

    await expect(open({ stateFolder })).rejects.toThrow(
      /cannot be kept in .*file: give a folder in KONTENA_STATE_DIR, or an id in KONTENA_NODE_ID/,
    )
    expect(await idOf({ docker: 'docker', stateFolder })).toBe('docker')
  })
})

const otherCard = { ens5: '0a:66:77:88:99:aa' }
const swapped = '2c1b2aec-4e3d-605f-7182-93a4b5c6d7e8'
const placeholder = '03000200-0400-0500-0006-000700080009'

describe('an id that was copied with its machine', () => {
  it('is made up anew, and says how to go on with the old one', async () => {
    const stateFolder = makeFolder()
    await open({ docker: 'docker', stateFolder, sys: machine() })
    const copy = makeMachine(second, { ens5: '0a:66:77:88:99:aa' })

    const { current, lines } = await open({ docker: 'docker', stateFolder, sys: copy })

    expect(current()).toMatch(uuid)
    expect(lines.join()).toContain('copied here from another machine')
    expect(lines.join()).toContain('start it with KONTENA_NODE_ID=docker')
    expect(await idOf({ docker: 'docker', stateFolder, sys: copy })).toBe(current())
  })

  it.each([
    ['starts again', machine],
    ['gets another card', () => makeMachine(first, { ens5: '0a:66:77:88:99:aa' })],
    [
      'gets another board and keeps a card',
      () => makeMachine(second, { ens9: '0a:11:22:33:44:55' }),
    ],
    ['says its number in another order of bytes', () => makeMachine(swapped, otherCard)],
    ['has a number that all of its kind have', () => makeMachine(placeholder, otherCard)],
    ['has a number of zeros', () => makeMachine('00000000-0000-0000-0000-000000000000', otherCard)],
    ['shows no cards', () => makeMachine(second, {})],
    ['shows nothing', () => '/nowhere'],
  ])('stays where the machine %s', async (_what, now) => {
    const stateFolder = makeFolder()
    await open({ docker: 'docker', stateFolder, sys: machine() })

    expect(await idOf({ docker: 'other', stateFolder, sys: now() })).toBe('docker')
    expect(await idOf({ docker: 'other', stateFolder, sys: machine() })).toBe('docker')
  })

  it('is known by what could be seen once, also after a start that saw nothing', async () => {
    const stateFolder = makeFolder()
    await open({ docker: 'docker', stateFolder, sys: machine() })
    await open({ docker: 'docker', stateFolder, sys: '/nowhere' })
    const copy = makeMachine(second, { ens5: '0a:66:77:88:99:aa' })

    expect(await idOf({ docker: 'docker', stateFolder, sys: copy })).toMatch(uuid)
  })

  it('is noted from the next start on where nobody noted it', async () => {
    const stateFolder = makeFolder()
    writeFileSync(join(stateFolder, 'node-id'), 'kept\n')
    await open({ stateFolder, sys: machine() })
    const copy = makeMachine(second, { ens5: '0a:66:77:88:99:aa' })

    expect(await idOf({ stateFolder, sys: copy })).toMatch(uuid)
  })
})

describe('an id that another node has', () => {
  it('is made up anew as long as no master took it from here', async () => {
    const stateFolder = makeFolder()
    const { current, taken, lines } = await open({ docker: 'of the image', stateFolder })

    expect(await taken()).toBe(true)

    expect(current()).toMatch(uuid)
    expect(lines).toEqual([
      `warn another node has the id of the image: this machine becomes ${current()}`,
    ])
    expect(await idOf({ docker: 'of the image', stateFolder })).toBe(current())
  })

  it('stays once a master took it, also over a restart', async () => {
    const stateFolder = makeFolder()
    const before = await open({ docker: 'docker', stateFolder })
    await before.accepted(true)
    const after = await open({ docker: 'docker', stateFolder })

    expect(await before.taken()).toBe(false)
    expect(await after.taken()).toBe(false)
    expect(after.current()).toBe('docker')
  })

  it('is made up anew where the node that it is has another name, until the next start', async () => {
    const stateFolder = makeFolder()
    const first = await open({ docker: 'of-the-image', stateFolder })
    await first.accepted(false)
    const restarted = await open({ docker: 'of-the-image', stateFolder })

    expect(await restarted.taken()).toBe(false)
    expect(await first.taken()).toBe(true)

    const id = first.current()
    const next = await open({ docker: 'of-the-image', stateFolder })
    expect(next.current()).toBe(id)
    await next.accepted(true)
    expect(await next.taken()).toBe(false)
  })

  it('stays where no other can be kept', async () => {
    const stateFolder = makeFolder()
    const { current, taken, lines } = await open({ docker: 'docker', stateFolder })
    rmSync(stateFolder, { recursive: true })
    writeFileSync(stateFolder, '')

    expect(await taken()).toBe(false)
    expect(current()).toBe('docker')
    expect(lines[0]).toMatch(/^warn the node's id cannot be kept in /)
  })
})
