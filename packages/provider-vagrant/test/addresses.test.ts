import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkAddress, freeAddresses, takeAddress, usualFirst } from '../src/addresses.ts'

function openFolder() {
  const root = mkdtempSync(join(tmpdir(), 'kontena-addresses-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const folder = join(root, 'addresses')
  const there = new Set<string>()
  const take = (id: string, first = usualFirst, provider = 'virtualbox'): string => {
    const address = takeAddress({ folder, first, provider, id, isThere: (one) => there.has(one) })
    there.add(id)
    return address
  }
  return { folder, there, take }
}

describe('addresses', () => {
  it('are one more for each machine, and the same for one that asks again', () => {
    const { take } = openFolder()

    expect(take('a')).toBe('192.168.56.10')
    expect(take('b')).toBe('192.168.56.11')
    expect(take('a')).toBe('192.168.56.10')
  })

  it('skip what is the network’s and this computer’s', () => {
    const { take } = openFolder()

    expect(take('a', '192.168.56.254')).toBe('192.168.56.254')
    expect(take('b', '192.168.56.254')).toBe('192.168.57.2')
  })

  it('are free again when their machine is gone', () => {
    const { folder, there, take } = openFolder()
    take('a')
    take('b')
    there.delete('a')
    expect(take('c')).toBe('192.168.56.10')
    freeAddresses(folder, 'b')
    expect(take('d')).toBe('192.168.56.11')
  })

  it('pass over what a killed command has left without an owner', () => {
    const { folder, take } = openFolder()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, '192.168.56.10'), '')
    writeFileSync(join(folder, 'notes.txt'), 'x')

    expect(take('a')).toBe('192.168.56.10')
  })

  it('end where VirtualBox’s range does', () => {
    const { take } = openFolder()

    expect(take('a', '192.168.63.254')).toBe('192.168.63.254')
    expect(() => take('b', '192.168.63.254')).toThrow('no address is left from 192.168.63.254 on')
    expect(take('c', '10.0.5.20', 'libvirt')).toBe('10.0.5.20')
  })

  it.each([
    ['192.168.64.2', 'virtualbox', /outside 192\.168\.56\.0\/21/],
    ['10.1.2.3', 'virtualbox', /outside/],
    ['192.168.56.1', 'libvirt', /this computer's/],
    ['192.168.56.0', 'libvirt', /the network's own/],
    ['192.168.56.255', 'virtualbox', /broadcast/],
  ])('of %s with %s are refused before anything is made', (address, provider, reason) => {
    expect(() => checkAddress(address, provider)).toThrow(reason)
  })

  it.each([
    ['192.168.56.2', 'virtualbox'],
    ['192.168.63.254', 'virtualbox'],
    ['10.1.2.3', 'libvirt'],
  ])('of %s with %s are taken', (address, provider) => {
    expect(() => checkAddress(address, provider)).not.toThrow()
  })
})
