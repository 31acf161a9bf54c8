import { ssh } from '@kontena/provider-ssh'
import { describe, expect, it } from 'vitest'
import { knownLine, openLaptop } from '../../../provider-ssh/test/session.ts'
import { openTestHost } from '../../../provider-ssh/test/test-host.ts'
import { openContext } from '../../src/context.ts'
import { askForMissing } from '../../src/prompts/ask-options.ts'
import { fakeIo } from '../fake-io.ts'

const enter = '\r'
const down = '\u001b[B'

async function ask(host: { target: string }, keys: readonly (readonly [string, string])[]) {
  const screen = fakeIo({ isTTY: true, columns: 160, keys })
  const answers = await askForMissing(ssh, { host: [host.target] }, openContext(screen))
  return { ...answers, screen: screen.stdout.text }
}

describe('a person who makes a node of a host that nobody knows', () => {
  it('is shown the fingerprint, and trusts it by choosing it', async () => {
    const host = await openTestHost()
    await openLaptop()
    const { given, screen } = await ask(host, [['Fingerprint', `${down}${enter}`]])
    expect(given.hostKey).toEqual([expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/)])
    expect(screen).toContain(`127.0.0.1:${host.port} has ${String(given.hostKey)} (ED25519)`)
  })

  it('trusts nobody by pressing Enter', async () => {
    const host = await openTestHost()
    await openLaptop()
    const { given } = await ask(host, [['Fingerprint', enter]])
    expect(given.hostKey).toBeUndefined()
  })

  it('is asked nothing where known_hosts has the key', async () => {
    const host = await openTestHost()
    const laptop = await openLaptop()
    await laptop.know(knownLine(host))
    const { given } = await ask(host, [])
    expect(given).toEqual({})
  })
})
