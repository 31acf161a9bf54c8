import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bootMachine } from '../../src/index.ts'
import { tinyBootstrap } from './bootstrap.ts'

const patience = { timeout: 15_000, interval: 20 }

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-boot-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A machine that is the third of its batch, whose agent leaves notes. */
async function boot(userData = '') {
  const scratch = openFolder()
  const notes = join(openFolder(), 'notes')
  const machine = await bootMachine({
    id: 'i-0abc',
    userData: gzipSync(userData || tinyBootstrap({ notes })),
    instance: { v1: { instance_id: 'i-0abc' }, metaData: { 'ami-launch-index': '2' } },
    scratch,
  })
  onTestFinished(() => machine.close())
  const events = (event: string) =>
    (existsSync(notes) ? readFileSync(notes, 'utf8') : '')
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`))
  return { machine, scratch, events }
}

test('one machine boots from bytes alone, and its agent runs under the name of its launch index', async () => {
  const { machine, events } = await boot()
  await vi.waitFor(() => expect(events('start')).toHaveLength(1), patience)
  expect(events('start')[0]).toContain('"NAME":"web-3"')
  expect(readFileSync(join(machine.root, 'etc/kontena/name'), 'utf8')).toBe('web-3')
  expect(machine.console()).toContain('systemd: started kontena-agent.service')
})

test('a restart starts its agent again and enrols it no second time', async () => {
  const { machine, events } = await boot()
  await vi.waitFor(() => expect(events('start')).toHaveLength(1), patience)
  await machine.restart()
  await vi.waitFor(() => expect(events('start')).toHaveLength(2), patience)
  expect(events('stop')).toHaveLength(1)
  expect(machine.console().match(/enrolling web-3/g)).toHaveLength(1)
})

test('closing it tells its agent and leaves no files', async () => {
  const { machine, scratch, events } = await boot()
  await vi.waitFor(() => expect(events('start')).toHaveLength(1), patience)
  await machine.close()
  expect(events('stop')).toHaveLength(1)
  expect(readdirSync(scratch)).toEqual([])
})

test('user data that cloud-init would not take is told on the console', async () => {
  const { machine } = await boot('#!/bin/sh\necho hello\n')
  await vi.waitFor(() => expect(machine.console()).toContain('not with #cloud-config'), patience)
})
