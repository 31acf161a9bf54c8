import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { BootProblem, startSandbox } from '../../src/index.ts'
import { chooseAccelerator } from '../../src/vm/accelerator.ts'
import { fakeQemu } from './fake-qemu.ts'

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Why a sandbox of virtual machines does not start; it leaves nothing behind then. */
async function problemWith(image?: string): Promise<BootProblem> {
  const scratch = openFolder()
  const started = startSandbox({ boot: 'vm', virtualMachines: { image }, scratch })
  const error: unknown = await started.then(
    (sandbox) => sandbox.close(),
    (reason: unknown) => reason,
  )
  expect(readdirSync(scratch)).toEqual([])
  if (error instanceof BootProblem) return error
  throw new Error('it started', { cause: error })
}

describe('before anything is started, the sandbox says', () => {
  test('that qemu is missing, and how it is installed', async () => {
    vi.stubEnv('PATH', openFolder())
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const { message, hint } = await problemWith('/tmp/image.qcow2')
    expect(message).toBe('qemu-system-x86_64 is not installed')
    expect(hint).toContain('apt install --no-install-recommends qemu-system-x86 qemu-utils')
  })

  test.each(['6.2.0', '7.1.94'])('that qemu %s is too old', async (version) => {
    const { image } = fakeQemu({ version })
    const { message } = await problemWith(image)
    expect(message).toContain(
      `qemu-system-x86_64 here is ${version.slice(0, 3)}; machines need 7.2`,
    )
  })

  test('that its folder has too long a name', async () => {
    const { image } = fakeQemu()
    const scratch = join(openFolder(), 'x'.repeat(60))
    const started = startSandbox({ boot: 'vm', virtualMachines: { image }, scratch })
    await expect(started).rejects.toThrow('is too long for the sockets of virtual machines')
  })

  test('that no image was given', async () => {
    fakeQemu()
    const { message, hint } = await problemWith()
    expect(message).toBe('virtual machines need an image to boot from')
    expect(hint).toContain('https://cloud.debian.org/')
  })

  test.each([
    ['is not there', (path: string) => path],
    ['is a folder', (path: string) => mkdirSync(path)],
    ['is no disk image that can be booted', (path: string) => writeFileSync(path, 'a tar archive')],
    ['is no disk image that can be booted', (path: string) => writeFileSync(path, '')],
  ])('that the image %s', async (why, make) => {
    fakeQemu()
    const path = join(openFolder(), 'image.qcow2')
    make(path)
    const { message, hint } = await problemWith(path)
    expect(message).toContain(`${path} ${why}`)
    expect(hint).toContain('cloud image with cloud-init')
  })
})

test('a raw disk is taken by the end of its first sector', async () => {
  const fake = fakeQemu({ version: '10.0.2' })
  const raw = join(fake.folder, 'disk.img')
  const sector = Buffer.alloc(512)
  sector.writeUInt16LE(0xaa55, 510)
  writeFileSync(raw, sector)
  const sandbox = await startSandbox({ boot: 'vm', virtualMachines: { image: raw } })
  await sandbox.close()
})

test.each([
  [['kvm_intel'], true, 'kvm'],
  [['kvm_amd'], true, 'kvm'],
  [['kvm_pvm'], true, 'tcg'],
  [['kvm_intel'], false, 'tcg'],
  [[], false, 'tcg'],
])(
  'with the modules %j and /dev/kvm %j, machines are run by %s',
  async (modules, hasDevice, expected) => {
    const root = openFolder()
    mkdirSync(join(root, 'dev'))
    if (hasDevice) writeFileSync(join(root, 'dev/kvm'), '')
    for (const name of modules) mkdirSync(join(root, 'sys/module', name), { recursive: true })
    expect(await chooseAccelerator(`${root}/`)).toBe(expected)
  },
)
