import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openMachineRoom } from '../../src/machine/machine-room.ts'
import { tinyBootstrap } from './bootstrap.ts'

test('machines that still take their user data apart write nothing once all have ended', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'kontena-room-'))
  onTestFinished(() => rmSync(scratch, { recursive: true, force: true }))
  const room = openMachineRoom({ scratch, agents: 'process', dockerSocket: undefined })
  const userData = Buffer.from(tinyBootstrap({ notes: join(scratch, 'notes') }))
  for (let number = 0; number < 50; number++) {
    const instance = { v1: {}, metaData: { 'ami-launch-index': 0 } }
    room.create({ id: `i-${number}`, userData, instance })
  }
  await room.close()
  rmSync(scratch, { recursive: true, force: true })
  await delay(500)
  expect(existsSync(scratch)).toBe(false)
})
