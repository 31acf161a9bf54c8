import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAlive, listenForLife, owningClaim, removeSocket } from '../../src/orders/claim.ts'
import { temporaryFolder } from '../moon.ts'
import { claimRecord } from './order-lines.ts'

const anHour = 3_600_000

describe('listenForLife', () => {
  it('can be seen from outside for as long as it is open', async () => {
    const listener = await listenForLife(temporaryFolder())
    const claim = claimRecord({ socket: listener.socket })
    expect(await isAlive(claim, anHour)).toBe(true)
    listener.close()
    expect(await isAlive(claim, anHour)).toBe(false)
  })

  it('takes its socket’s file away with it', async () => {
    const listener = await listenForLife(temporaryFolder())
    expect(existsSync(listener.socket)).toBe(true)
    listener.close()
    expect(existsSync(listener.socket)).toBe(false)
  })

  it('listens beside the journals, each time elsewhere', async () => {
    const folder = temporaryFolder()
    const [one, other] = [await listenForLife(folder), await listenForLife(folder)]
    expect([dirname(one.socket), dirname(other.socket)]).toEqual([folder, folder])
    expect(one.socket).not.toBe(other.socket)
    one.close()
    expect(await isAlive(claimRecord({ socket: other.socket }), anHour)).toBe(true)
    other.close()
  })

  it('listens in /tmp where the home folder’s path is too long for a socket', async () => {
    const folder = join(temporaryFolder(), 'ö'.repeat(50))
    mkdirSync(folder)
    const listener = await listenForLife(folder)
    expect(listener.socket).toMatch(/^\/tmp\/kontena-[0-9a-f]{16}\.sock$/)
    expect(await isAlive(claimRecord({ socket: listener.socket }), anHour)).toBe(true)
    listener.close()
    expect(existsSync(listener.socket)).toBe(false)
  })

  it('rejects where it cannot listen', async () => {
    await expect(listenForLife('/nowhere/at/all')).rejects.toThrow('listen E')
  })

  it('answers many who ask at once, and those who hang up', async () => {
    const listener = await listenForLife(temporaryFolder())
    const claim = claimRecord({ socket: listener.socket })
    connect(listener.socket)
      .on('error', () => undefined)
      .destroy()
    const answers = await Promise.all(Array.from({ length: 50 }, () => isAlive(claim, anHour)))
    expect(answers).not.toContain(false)
    listener.close()
  })
})

describe('isAlive', () => {
  it('counts a process as dead whose socket is gone, or is a file that nobody listens on', async () => {
    const socket = join(temporaryFolder(), 'dead.sock')
    expect(await isAlive(claimRecord({ socket }), anHour)).toBe(false)
    writeFileSync(socket, '')
    expect(await isAlive(claimRecord({ socket }), anHour)).toBe(false)
  })

  it('counts a claim from another computer as alive for as long as its command could work', async () => {
    const claim = claimRecord({ host: 'another-computer', at: Date.now() - 1_000 })
    expect(await isAlive(claim, 2_000)).toBe(true)
    expect(await isAlive(claim, 500)).toBe(false)
  })
})

it('removes a socket that is not there without a word', () => {
  expect(() => removeSocket('/nowhere/x.sock')).not.toThrow()
})

describe('owningClaim', () => {
  const claim = (socket: string, after: string | null) => claimRecord({ socket, after })

  it('is nobody’s where there is none', () => {
    expect(owningClaim([])).toBeUndefined()
  })

  it('is the first of those who took over from the same one', () => {
    const claims = [claim('a', null), claim('b', 'a'), claim('c', 'a')]
    expect(owningClaim(claims)?.socket).toBe('b')
  })

  it('goes on from whoever won, never from who lost', () => {
    const claims = [claim('a', null), claim('b', 'a'), claim('c', 'a'), claim('d', 'c')]
    expect(owningClaim(claims)?.socket).toBe('b')
    expect(owningClaim([...claims, claim('e', 'b')])?.socket).toBe('e')
  })

  it('makes one owner of many takers, in whatever order they read and write', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.boolean()), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(steps, (script) => {
        const file = [claim('first', null)]
        const seen = new Map<number, string | undefined>()
        let count = 0
        for (const [taker, writes] of script) {
          if (!writes) {
            seen.set(taker, owningClaim(file)?.socket)
            continue
          }
          const after = seen.get(taker)
          if (after === undefined) continue
          const before = owningClaim(file)?.socket
          const mine = `taker-${taker}-${count++}`
          file.push(claim(mine, after))
          // A taker wins exactly when nobody took over since it looked.
          expect(owningClaim(file)?.socket).toBe(before === after ? mine : before)
        }
      }),
    )
  })
})
