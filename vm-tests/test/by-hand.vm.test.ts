import { poll } from '@kontena/core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { buildImage } from '../image/image.ts'
import { openLab } from '../src/lab.ts'
import { bootPlainMachine } from '../src/plain-machine.ts'
import { cloudInitIsDone, limitsAreSet, unitsAreActive } from '../src/proofs/boot.ts'
import {
  comesBackAfter,
  comesBackAfterReboot,
  comesBackToTheMaster,
  followsItsMaster,
  goesBackFromBroken,
} from '../src/proofs/comes-back.ts'
import { dockerIsAsShown } from '../src/proofs/online.ts'
import { gridTokenIsNowhere } from '../src/proofs/secrets.ts'
import { prove } from '../src/prove.ts'
import { whatIsMissing } from '../src/requirements.ts'
import { type Subject, showNode } from '../src/subject.ts'

const missing = whatIsMissing('vm', 'image')

describe.skipIf(missing)('A host made a node by hand', () => {
  let subject: Subject
  const opening = new AbortController()
  beforeAll(async () => {
    const { signal } = opening
    const { disk, runtime } = await buildImage('docker', signal)
    const lab = await openLab(signal)
    subject = { lab, name: 'by-hand', guest: undefined as never }
    const { scratch, key, kontena } = lab
    const machine = await bootPlainMachine({ name: 'by-hand', image: disk, key, scratch, signal })
    subject = { lab, name: 'by-hand', guest: machine.guest }
    await kontena.run(['node', 'create', 'by-hand'], signal)
    const script = await kontena.run(
      ['node', 'script', 'by-hand', '--agent-runtime', runtime.name],
      signal,
    )
    process.stdout.write(await machine.guest.root(script, signal))
    await poll(
      { reason: 'online', every: 2000, timeout: 300_000, signal },
      async () => (await showNode(subject, signal)).connected || undefined,
    )
  })
  afterAll(async () => {
    opening.abort()
    await subject?.lab.scratch.close()
  })
  prove('cloud-init', (signal) => cloudInitIsDone(subject, signal))
  prove('units', (signal) => unitsAreActive(subject, ['docker', 'kontena-agent'], signal))
  prove('limits', (signal) => limitsAreSet(subject, signal))
  prove('docker', (signal) => dockerIsAsShown(subject, signal))
  prove('grid token', (signal) => gridTokenIsNowhere(subject, signal))
  prove('agent kill', (signal) => comesBackAfter(subject, 'pkill -KILL -f start-agent.mjs', signal))
  prove('docker restart', (signal) => comesBackAfter(subject, 'systemctl restart docker', signal))
  prove('master away', (signal) => comesBackToTheMaster(subject, signal))
  prove('follows', (signal) => followsItsMaster(subject, signal))
  prove('reboot', (signal) => comesBackAfterReboot(subject, signal))
  prove('broken', (signal) => goesBackFromBroken(subject, signal))
})
