import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openSandbox, run } from '../ec2/open.ts'
import { type FakeQemuOptions, fakeQemu, isAlive } from './fake-qemu.ts'

const shown = z.array(
  z.object({ id: z.string(), ssh: z.object({ address: z.string(), port: z.number() }) }),
)
const patience = { timeout: 10_000, interval: 20 }

/** A sandbox whose machines are the fake's, with one of them, up. */
async function open(options: FakeQemuOptions & { grace?: number } = {}) {
  const fake = fakeQemu(options)
  const { sandbox, ec2 } = await openSandbox({
    boot: 'vm',
    virtualMachines: { image: fake.image, memory: 512, cpus: 2, grace: options.grace },
  })
  const { ids: InstanceIds } = await run(ec2, { MinCount: 1, MaxCount: 1 })
  await vi.waitFor(() => expect(fake.starts()).toHaveLength(1), patience)
  const first = () => sandbox.ec2.instances()[0]
  const consoleText = () => first()?.console ?? ''
  return { fake, sandbox, ec2, InstanceIds, first, consoleText }
}

describe('a virtual machine', () => {
  test('is qemu on a disk of its own over the image, with nothing of our environment', async () => {
    const { fake, InstanceIds, first, consoleText } = await open()
    const [start] = fake.starts()
    const words = start?.argv.join(' ') ?? ''
    expect(words).toContain(`-name ${InstanceIds[0]}`)
    expect(words).toContain('-smp 2 -m 512')
    expect(words).toContain(`file=${join(first()?.root ?? '', 'disk.qcow2')},if=virtio`)
    expect(words).toMatch(/manufacturer=Amazon EC2,.*uuid=(ec2[0-9a-f-]{33}),serial=\1/)
    expect(Object.keys(start?.environment ?? {}).sort()).toEqual(['LANG', 'PATH'])
    await vi.waitFor(() => expect(consoleText()).toBe('booted\n'), patience)
  })

  test('is told to shut down by its power button, and boots again from the same disk', async () => {
    const { fake, ec2, InstanceIds, consoleText } = await open()
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    await vi.waitFor(() => expect(isAlive(fake.starts()[0]?.pid ?? 0)).toBe(false), patience)
    await vi.waitFor(() => expect(consoleText()).toBe('booted\npower button\n'), patience)
    await vi.waitFor(() => ec2.send(new StartInstancesCommand({ InstanceIds })), patience)
    await vi.waitFor(() => expect(fake.starts()).toHaveLength(2), patience)
    await vi.waitFor(() => expect(consoleText()).toBe('booted\npower button\nbooted\n'), patience)
    const [before, after] = fake.starts().map(({ argv }) => argv[argv.indexOf('-drive') + 1])
    expect(after).toBe(before)
  })

  test('is rebooted in order too', async () => {
    const { fake, ec2, InstanceIds, consoleText } = await open()
    await ec2.send(new RebootInstancesCommand({ InstanceIds }))
    await vi.waitFor(() => expect(fake.starts()).toHaveLength(2), patience)
    expect(consoleText()).toContain('power button')
  })

  test('that does not listen to its power button is switched off', async () => {
    const { fake, ec2, InstanceIds } = await open({ isDeaf: true, grace: 100 })
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    await vi.waitFor(() => expect(isAlive(fake.starts()[0]?.pid ?? 0)).toBe(false), patience)
  })

  test('goes at once when it is terminated, with its files and sockets', async () => {
    const { fake, ec2, InstanceIds, first } = await open({ isDeaf: true })
    const root = first()?.root ?? ''
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    await vi.waitFor(() => expect(isAlive(fake.starts()[0]?.pid ?? 0)).toBe(false), patience)
    await vi.waitFor(() => expect(existsSync(root)).toBe(false), patience)
    expect(readdirSync(join(dirname(dirname(root)), 'n'))).toEqual([])
  })

  test('that qemu cannot run says why on its console', async () => {
    const { consoleText } = await open({ fails: true })
    await vi.waitFor(
      () => expect(consoleText()).toContain('could not set up the machine'),
      patience,
    )
    expect(consoleText()).toContain('qemu-system-x86_64 ended: exit code 1')
  })

  test('has a loopback port for ssh, which the sandbox tells', async () => {
    const { fake, sandbox, InstanceIds } = await open()
    const reply = await fetch(`${sandbox.url}/_sandbox/machines`)
    const [machine] = shown.parse(await reply.json())
    expect(machine).toMatchObject({ id: InstanceIds[0], ssh: { address: '127.0.0.1' } })
    const forward = `hostfwd=tcp:127.0.0.1:${machine?.ssh.port}-172.31.0.4:22`
    expect(fake.starts()[0]?.argv.join(' ')).toContain(forward)
  })
})

test('closing the sandbox ends machines that are deaf, and removes what is theirs', async () => {
  const { fake, sandbox, first } = await open({ isDeaf: true })
  const scratch = dirname(dirname(first()?.root ?? ''))
  await sandbox.close()
  expect(isAlive(fake.starts()[0]?.pid ?? 0)).toBe(false)
  expect(existsSync(scratch)).toBe(false)
})
