import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readLog, readProgress } from '../src/up-log.ts'

const started = '1,web-1,action,up,start'
const booted = '2,web-1,ui,detail,    web-1: kontena: the machine is up'
const exitStatus =
  'The SSH command responded with a non-zero exit status. Vagrant\\nassumes that this means the command failed.'

function logOf(...lines: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'vagrant.log')
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  return path
}

describe('the log of a vagrant up', () => {
  it('tells nothing before there is one', () => {
    expect(readProgress('/nowhere/vagrant.log')).toEqual({
      isUp: false,
      outcome: 'cut off',
      reason: undefined,
    })
  })

  it('tells when the machine has booted', () => {
    expect(readProgress(logOf(started))).toMatchObject({ isUp: false, outcome: 'cut off' })
    expect(readProgress(logOf(started, booted))).toMatchObject({ isUp: true, outcome: 'cut off' })
  })

  it('tells its end', () => {
    expect(readProgress(logOf(started, booted, '3,web-1,action,up,end'))).toMatchObject({
      isUp: true,
      outcome: 'done',
    })
  })

  it('tells in Vagrant’s own words why there is no machine', () => {
    const log = logOf(
      started,
      '3,,error-exit,Vagrant::Errors::VMBootTimeout,Timed out while waiting for the machine to boot. This means that\\nVagrant was unable to communicate with the guest.\\n\\nIf you look above%!(VAGRANT_COMMA) ...',
    )

    expect(readProgress(log)).toEqual({
      isUp: false,
      outcome: 'failed',
      reason:
        'Timed out while waiting for the machine to boot. This means that Vagrant was unable to communicate with the guest',
    })
  })

  it.each([
    [
      'the machine’s own step that failed',
      ['kontena: installing Docker', 'kontena: failed: /opt/kontena/install-docker', 'x'],
      'failed: /opt/kontena/install-docker',
    ],
    [
      'its last word, where none says so',
      ['kontena: cloud-init init', 'kontena: cloud-init init did not end well'],
      'cloud-init init did not end well',
    ],
    [
      'a box that is of no use',
      ['kontena: failed: this box has no cloud-init: choose another with --box'],
      'failed: this box has no cloud-init: choose another with --box',
    ],
  ])('names %s', (_, said, reason) => {
    const lines = said.map((line) => `3,web-1,ui,detail,    web-1: ${line}`)
    const end = `4,,error-exit,Vagrant::Errors::VagrantError,${exitStatus}`

    expect(readProgress(logOf(started, booted, ...lines, end))).toMatchObject({
      outcome: 'failed',
      reason,
    })
  })

  it('keeps what Ruby says where Vagrant does not start', () => {
    const log = logOf('/usr/bin/vagrant:9: cannot load such file -- vagrant (LoadError)', '')

    expect(readProgress(log).reason).toBe(
      '/usr/bin/vagrant:9: cannot load such file -- vagrant (LoadError)',
    )
  })

  it('is shown as a person would have read it, from its end', () => {
    const log = logOf(started, booted, '3,web-1,ui,detail,    web-1: one\\ntwo', 'raw')

    expect(readLog(log, 3)).toEqual(['one', 'two', 'raw'])
    expect(readLog(log, 99)).toHaveLength(4)
  })
})
