import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type EC2Client,
  RebootInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import type { SandboxOptions } from '../../src/index.ts'
import { openSandbox, run } from '../ec2/open.ts'
import { type TinyBootstrap, tinyBootstrap } from './bootstrap.ts'

const note = z.object({
  event: z.string(),
  pid: z.number(),
  NAME: z.string(),
  SSL_CERT_FILE: z.string(),
})

/** A sandbox whose machines' agents leave notes. */
async function openMachines(options: SandboxOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-notes-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'notes')
  const opened = await openSandbox(options)
  const notes = () =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => note.parse(JSON.parse(line)))
  return {
    ...opened,
    notes,
    names: (event: string) =>
      notes()
        .filter((it) => it.event === event)
        .map(({ NAME }) => NAME)
        .sort(),
    boot: (count: number, bootstrap: Omit<TinyBootstrap, 'notes'> = {}) =>
      bootMachines(opened.ec2, count, { notes: file, ...bootstrap }),
  }
}

async function bootMachines(ec2: EC2Client, MinCount: number, bootstrap: TinyBootstrap) {
  const UserData = Buffer.from(tinyBootstrap(bootstrap)).toString('base64')
  return (await run(ec2, { MinCount, UserData })).ids
}

const patience = { timeout: 15_000, interval: 20 }

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe.each(['process', 'shared'] as const)('machines with agents in mode %s', (agents) => {
  test('run their scripts and then their agents, each under its own root', async () => {
    const { sandbox, boot, notes, names } = await openMachines({ agents })
    await boot(3)
    await vi.waitFor(() => expect(names('start')).toEqual(['web-1', 'web-2', 'web-3']), patience)
    const [first] = sandbox.ec2.instances()
    expect(first?.console).toMatch(
      /enrolling web-1 of 0 credentials\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\S+ .*\nfetching the agent\n.*started kontena-agent/s,
    )
    expect(notes().find(({ NAME }) => NAME === 'web-1')?.SSL_CERT_FILE).toBe(
      join(first?.root ?? '', 'etc/kontena/ca.pem'),
    )
    expect(new Set(notes().map(({ pid }) => pid)).size).toBe(agents === 'shared' ? 1 : 3)
    expect(isAlive(notes()[0]?.pid ?? 0)).toBe(true)
    await sandbox.close()
    await vi.waitFor(() => expect(notes().some(({ pid }) => isAlive(pid))).toBe(false), patience)
  })
  test('that are terminated tell their agent, and leave no files', async () => {
    const { ec2, sandbox, boot, names } = await openMachines({ agents })
    const ids = await boot(2)
    await vi.waitFor(() => expect(names('start')).toHaveLength(2), patience)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids.slice(0, 1) }))
    await vi.waitFor(() => expect(names('stop')).toEqual(['web-1']), patience)
    const [gone, kept] = sandbox.ec2.instances()
    await vi.waitFor(() => expect(existsSync(gone?.root ?? '')).toBe(false), patience)
    expect(existsSync(kept?.root ?? '')).toBe(true)
  })
  test('start an agent again that ended, and only that one', async () => {
    const { boot, names } = await openMachines({ agents })
    await boot(2, { ends: 'web-2' })
    await vi.waitFor(() => expect(names('start')).toEqual(['web-1', 'web-2', 'web-2']), patience)
  })
  test('that are rebooted start their agent again, but do not enrol again', async () => {
    const { ec2, sandbox, boot, names } = await openMachines({ agents })
    const ids = await boot(1)
    await vi.waitFor(() => expect(names('start')).toHaveLength(1), patience)
    await ec2.send(new RebootInstancesCommand({ InstanceIds: ids }))
    await vi.waitFor(() => expect(names('start')).toHaveLength(2), patience)
    expect(names('stop')).toHaveLength(1)
    expect(sandbox.ec2.instances()[0]?.console.match(/enrolling/g)).toHaveLength(1)
  })
})

describe('a boot', () => {
  test('ends where a script fails, which the console tells', async () => {
    const { sandbox, boot, names } = await openMachines()
    await boot(1, { enrol: 'echo the master refused >&2; exit 3' })
    const text = () => sandbox.ec2.instances()[0]?.console
    await vi.waitFor(() => expect(text()).toContain('enrol failed: exit code 3'), patience)
    expect(text()).toContain('the master refused')
    expect(text()).not.toContain('fetching')
    expect(names('start')).toEqual([])
  })
  test('ends where user data is broken, which the console tells', async () => {
    const { ec2, sandbox } = await openSandbox()
    await run(ec2, { UserData: Buffer.from('#!/bin/sh\n').toString('base64') })
    await vi.waitFor(() => expect(sandbox.ec2.instances()[0]?.console).toContain('#cloud-config'))
  })
  test('without user data leaves a machine that just runs', async () => {
    const { ec2, sandbox } = await openSandbox()
    await run(ec2)
    await vi.waitFor(() =>
      expect(sandbox.ec2.instances()[0]?.console).toContain('no kontena-agent'),
    )
  })
  test('is cut short when its machine is terminated', async () => {
    const { ec2, sandbox, boot, names } = await openMachines()
    const ids = await boot(1, { enrol: 'sleep 60 & wait' })
    const console = () => sandbox.ec2.instances()[0]?.console
    await vi.waitFor(() => expect(console()).toContain('enrolling'), patience)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    const root = sandbox.ec2.instances()[0]?.root ?? ''
    await vi.waitFor(() => expect(existsSync(root)).toBe(false), patience)
    expect(console()).not.toContain('failed')
    expect(names('start')).toEqual([])
  })
  test('cannot write outside its root', async () => {
    const { ec2, sandbox } = await openSandbox()
    const text = '#cloud-config\nwrite_files: [{ path: /../../../../../../escaped, content: x }]\n'
    await run(ec2, { UserData: Buffer.from(text).toString('base64') })
    const root = () => sandbox.ec2.instances()[0]?.root ?? ''
    await vi.waitFor(() => expect(existsSync(join(root(), 'escaped'))).toBe(true), patience)
  })
})
