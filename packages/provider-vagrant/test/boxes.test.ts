import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ensureBox, hasBox, parseBox } from '../src/boxes.ts'
import { call, openWorkbench } from './workbench.ts'

function boxFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-box-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "my box's.box")
  writeFileSync(path, 'x')
  return path
}

describe('--box', () => {
  it.each(['cloud-image/ubuntu-24.04', 'bento/ubuntu-24.04', 'plain'])(
    'takes a name: %s',
    (name) => {
      expect(parseBox(name)).toEqual({ name, source: name })
    },
  )

  it('takes a URL, under a name of its own', () => {
    const box = parseBox('https://example.com/a/flat%20car.box?x=1')

    expect(box.source).toBe('https://example.com/a/flat%20car.box?x=1')
    expect(box.name).toMatch(/^kontena\/flat-20car-[0-9a-f]{10}$/)
    expect(parseBox('https://example.com/b/flat%20car.box').name).not.toBe(box.name)
  })

  it('takes a file, under a name that changes when the file does', () => {
    const path = boxFile()
    const before = parseBox(path)
    utimesSync(path, 1, 1)

    expect(before.source).toBe(`file://${path.replaceAll(' ', '%20')}`)
    expect(before.name).toMatch(/^kontena\/my-box-s-[0-9a-f]{10}$/)
    expect(parseBox(path).name).not.toBe(before.name)
  })

  it.each([
    ['./none.box', /there is no box file .*none\.box/],
    ['/', /there is no box file \//],
    ['https://me:secret@example.com/x.box', /no URL without credentials/],
    ['--force', /no box/],
    ['a/b/c', /no box/],
    ['a b', /no box/],
  ])('refuses %s', (text, reason) => {
    expect(() => parseBox(text)).toThrow(reason)
  })

  it('tells no credentials', () => {
    expect(() => parseBox('https://me:secret@example.com/x.box')).not.toThrow('secret')
  })
})

describe('a box', () => {
  it('is fetched once, for the provider that needs it', async () => {
    const bench = openWorkbench()
    const box = parseBox('cloud-image/ubuntu-24.04')
    const at = { folder: bench.root, signal: call.signal }

    expect(await hasBox(box, 'libvirt', at)).toBe(false)
    await ensureBox(box, 'libvirt', at)
    await ensureBox(box, 'libvirt', at)

    expect(await hasBox(box, 'libvirt', at)).toBe(true)
    expect(await hasBox(box, 'virtualbox', at)).toBe(false)
    expect(bench.calls().filter((line) => line.startsWith('box add'))).toEqual([
      'box add --provider libvirt cloud-image/ubuntu-24.04',
    ])
  })

  it('of a file is kept under its own name', async () => {
    const bench = openWorkbench()
    const box = parseBox(boxFile())

    await ensureBox(box, 'libvirt', { folder: bench.root, signal: call.signal })

    expect(bench.calls().at(-1)).toBe(`box add --name ${box.name} --provider libvirt ${box.source}`)
  })
})
