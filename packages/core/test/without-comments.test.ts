import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderBootstrap } from '../src/bootstrap.ts'
import { machineFiles } from '../src/machine-files.ts'
import { networkPolicy } from '../src/network-policy.ts'
import { withoutComments } from '../src/without-comments.ts'
import { bootMachine, makeFolder, readUserData } from './bootstrap-machine.ts'
import { bundleHash, startMaster } from './bootstrap-master.ts'
import { facts, key, options } from './bootstrap-options.ts'
import { makeSshKey } from './bootstrap-ssh-key.ts'

const metadataServices = [{ address: '169.254.169.254' }]
const firewall = { policy: networkPolicy(), network: ['10.0.0.0/20'], metadataServices }

describe('withoutComments', () => {
  it('keeps a script’s first line and all that it does', () => {
    const file = { path: '/opt/kontena/x', mode: 0o755, ours: true }
    const content = '#!/bin/sh\n# What it does.\nset -eu\n  # Why.\n  echo "# no"\n'
    expect(withoutComments({ ...file, content }).content).toBe(
      '#!/bin/sh\nset -eu\n  echo "# no"\n',
    )
  })

  it('leaves what operators supply as it is', () => {
    const file = { path: '/etc/kontena/x', mode: 0o644, ours: false, content: '# theirs\n' }
    expect(withoutComments(file)).toEqual(file)
  })

  it('leaves programs that can be read, in shell as in JavaScript', () => {
    const folder = makeFolder()
    const files = machineFiles({
      master: options.master,
      agent: options.agent,
      join: options,
      firewall,
      host: 'lent',
    })
    const programs = files.filter(({ path }) => path.startsWith('/opt/kontena/'))
    for (const file of programs.filter(({ path }) => !/\.(json|conf)$/.test(path))) {
      const { content } = withoutComments(file)
      const copy = join(folder, basename(file.path))
      writeFileSync(copy, content)
      if (copy.endsWith('.mjs')) execFileSync(process.execPath, ['--check', copy])
      else execFileSync('/bin/sh', ['-n', copy])
      expect(content.length, file.path).toBeLessThan(file.content.length)
    }
  })

  it('makes room in a document of 16 KiB of text for five keys', async () => {
    await using master = await startMaster()
    const data = renderBootstrap({
      ...options,
      names: ['web-1'],
      identity: {},
      firewall,
      master: { url: master.url, ca: undefined, agentBundle: bundleHash },
      sshKeys: [key, ...Array.from({ length: 4 }, () => makeSshKey('ssh-rsa', 512))],
      limit: { bytes: 16_384, gzip: false },
    })
    const { files } = readUserData(data, { ...facts, launchIndex: 0 })
    for (const name of ['setup', 'enrol', 'http', 'start-agent.mjs']) {
      expect(files.get(`/opt/kontena/${name}`)?.content).not.toMatch(/^ *(# |\/\/ )/m)
    }

    const machine = bootMachine(data, { ...facts, launchIndex: 0 })
    for (const program of ['docker', 'nft', 'sysctl', 'systemctl']) machine.pretend(program)

    expect(await machine.run('setup')).toMatchObject({ code: 0, stderr: '' })
    expect(master.enrolments).toHaveLength(1)
  })
})
