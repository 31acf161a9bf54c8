import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { usualBehaviour } from '../../../provider-vagrant/test/behaviour.ts'
import { type MasterLab, openMasterLab } from './master-lab.ts'

const address = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
if (address === undefined) {
  process.stdout.write('skipped: kontena vagrant, as this computer has no address of its own\n')
}

const labs: MasterLab[] = []
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()))
})

const double = join(import.meta.dirname, '../../../provider-vagrant/test/fake-vagrant.ts')
const node = [process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning']

/** A master at an address that machines reach, and a computer whose `vagrant` boots processes. */
async function openLab(): Promise<MasterLab> {
  const lab = await openMasterLab({}, address)
  labs.push(lab)
  const programs = join(lab.folder, 'programs')
  mkdirSync(programs)
  writeFileSync(
    join(programs, 'vagrant'),
    `#!/bin/sh\nexec '${node.join("' '")}' '${double}' "$@"\n`,
  )
  chmodSync(join(programs, 'vagrant'), 0o755)
  const state = join(lab.folder, 'vagrant')
  mkdirSync(state)
  writeFileSync(join(state, 'behaviour.json'), JSON.stringify(usualBehaviour))
  Object.assign(lab.environment, {
    PATH: [programs, '/usr/bin', '/bin'].join(delimiter),
    FAKE_VAGRANT: state,
    FAKE_VM: [...node, join(import.meta.dirname, 'vagrant-vm.ts')].join('\n'),
    LIBVIRT_DEFAULT_URI: 'qemu+ssh://elsewhere/system',
  })
  return lab
}

describe.runIf(address !== undefined)('kontena vagrant', { timeout: 60_000 }, () => {
  it('makes nodes of virtual machines here, restarts them, and takes them away', async () => {
    const lab = await openLab()

    const made = await lab.kontena(['vagrant', 'node', 'create', 'web', '--count', '2'])
    expect(made).toMatchObject({ exitCode: 0 })
    const nodes = await lab.master.nodes(lab.grid)
    expect(nodes.map(({ name, status, labels }) => ({ name, status, labels }))).toEqual(
      ['web-1', 'web-2'].map((name) => ({
        name,
        status: 'online',
        labels: ['provider=vagrant', 'az=local', 'region=lab-local'],
      })),
    )
    const restarted = await lab.kontena(['vagrant', 'node', 'restart', 'web-1'])
    expect(restarted).toMatchObject({ exitCode: 0 })
    const list = await lab.kontena(['vagrant', 'node', 'list'])
    expect(list.stdout).toMatch(/^web-1 +online +vm-[0-9a-f]{16} +running /m)

    const ended = await lab.kontena(['vagrant', 'node', 'terminate', '--force', 'web-1', 'web-2'])
    expect(ended).toMatchObject({ exitCode: 0 })
    expect(await lab.master.nodes(lab.grid)).toEqual([])
    const home = join(lab.folder, 'home')
    const left = readdirSync(join(home, 'vagrant', 'nodes'), { recursive: true })
    expect(left).toEqual([expect.stringMatching(/^lab-[0-9a-f]{8}$/)])
    expect(readdirSync(join(home, 'vagrant', 'addresses'))).toEqual([])
  })

  it('leaves nothing of a machine that does not come up, and shows what it said', async () => {
    const lab = await openLab()
    const message = 'The SSH command responded with a non-zero exit status.'
    const said = ['kontena: installing Docker', 'kontena: failed: /opt/kontena/install-docker']
    const failures = { up: { name: 'Vagrant::Errors::VagrantError', message, said } }
    writeFileSync(
      join(lab.folder, 'vagrant', 'behaviour.json'),
      JSON.stringify({ ...usualBehaviour, failures }),
    )

    const { exitCode, stdout, stderr } = await lab.kontena(['vagrant', 'node', 'create', 'web'], {
      FAKE_VM: '',
    })

    expect(exitCode).toBe(1)
    expect(stderr).toContain('is failed: failed: /opt/kontena/install-docker')
    expect(stdout + stderr).toContain('kontena: installing Docker')
    expect(await lab.master.nodes(lab.grid)).toEqual([])
    expect(readdirSync(join(lab.folder, 'home', 'vagrant', 'addresses'))).toEqual([])
  })

  it('says what is missing before it registers anything, and what of a box cannot be fetched', async () => {
    const lab = await openLab()
    const create = ['vagrant', 'node', 'create', 'web', '--box', 'nobody/nothing']

    const missing = await lab.kontena(create, { PATH: '/nowhere' })
    expect(missing).toMatchObject({ exitCode: 1, stdout: expect.not.stringContaining('Order') })
    expect(missing.stderr).toContain('[error] there is no vagrant on this computer')

    const name = 'Vagrant::Errors::BoxAddShortNotFound'
    const message = `The box could not be found.\n\nURL: ["x"]\nError: Could not resolve host: x`
    writeFileSync(
      join(lab.folder, 'vagrant', 'behaviour.json'),
      JSON.stringify({ ...usualBehaviour, failures: { 'box add': { name, message } } }),
    )
    const unreachable = await lab.kontena(create)
    expect(unreachable.exitCode).toBe(1)
    expect(unreachable.stderr).toMatchInlineSnapshot(`
      " [error] fetch the box nobody/nothing: Could not resolve host: x; nothing is left behind
      hint: give another with --box: a name of the catalogue, a file or a URL"
    `)
    expect(await lab.master.nodes(lab.grid)).toEqual([])
  })
})
