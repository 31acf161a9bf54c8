import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { version } from '../src/version.ts'
import { runCli } from './run-cli.ts'

describe('help', () => {
  it('shows what there is, with the command alone too', async () => {
    const alone = await runCli([])
    expect(alone).toEqual(await runCli(['--help']))
    expect(alone.code).toBe(0)
    expect(alone.stdout).toMatchInlineSnapshot(`
      "Usage: kontena [options] [command]

      Makes, joins and removes the nodes of Kontena grids

      Options:
        -D, --debug    Show where a failure comes from
        --json         Write results to stdout as JSON
        --no-color     Write without colours
        -v, --version  Print the version of this command
        -h, --help     Print help

      Subcommands:
        aws            Machines on AWS EC2
        azure          Machines on Microsoft Azure
        digitalocean   Machines on DigitalOcean
        upcloud        Machines on UpCloud
        vagrant        Machines on Vagrant
        ssh            Machines on hosts over SSH
        packet         Machines on Packet (Equinix Metal)
        node           Nodes of a grid
        grid           Grids of a master
        master         Masters, and logging in to them
        plugin         Providers from elsewhere
        sandbox        Simulated clouds on this computer
        version        Print the versions of this command and of the master
        whoami         Print the selected master, grid and user
        help           Print help for a command
      "
    `)
  })

  it.each(['node', 'grid', 'master', 'sandbox', 'aws', 'aws node'])(
    'shows the commands of %s where none is named',
    async (group) => {
      const { code, stdout, stderr } = await runCli(group.split(' '))
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain(`Usage: kontena ${group} [options] [command]`)
      expect(stdout).toContain('Subcommands:')
    },
  )

  it('shows flags with their defaults, and what works everywhere', async () => {
    const { stdout } = await runCli(['master', 'login', '--help'])
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: kontena master login [options] [URL]

      Log in to a master and select it

      Parameters:
        URL                      URL of the master, or the name of one logged in to
                                 before

      Options:
        -c, --code CODE          One-time code; - reads it from stdin
        -t, --token TOKEN        Access token (env KONTENA_TOKEN)
        -j, --join CODE          Code of an invitation
        -f, --force              Log in anew, also where a login is there
        -e, --expires-in TIME    Seconds, or 90s, 10m, 2h; 0 for ever (default: 7200)
        -n, --name NAME          Name for the master on this computer (env
                                 KONTENA_MASTER)
        -r, --remote             Log in with a browser elsewhere, or here with
                                 --no-remote
        -v, --verbose            Tell each step
        --ca-sha256 HEX          Trust the authority with this SHA-256, and no other
        --ca FILE                Trust the authority in this PEM file, and no other
        --grid GRID              Grid to select; the first one where absent
        --skip-grid-auto-select  Select no grid
        -s, --silent             Print less
        -h, --help               Print help

      Everywhere:
        -D, --debug              Show where a failure comes from
        --json                   Write results to stdout as JSON
        --no-color               Write without colours
      "
    `)
  })

  it('shows the flags that a provider brings', async () => {
    const { stdout } = await runCli(['aws', 'node', 'create', '--help'], { columns: 100 })
    const [common, own] = stdout.split('AWS EC2:')
    expect(common).toMatchInlineSnapshot(`
      "Usage: kontena aws node create [options] [NAME]

      Make machines that join the grid

      Parameters:
        NAME                                Name of the node, or of numbered nodes; random where absent

      Options:
        --grid GRID                         Grid to work on (env KONTENA_GRID)
        --count N                           How many (default: 1)
        -l, --label LABEL                   Label, as key or key=value (repeatable)
        --tag K=V                           Tag of the machine at the provider (repeatable)
        --ephemeral                         Nodes that the master forgets 6 h after they went offline
        --open PORT                         Port open to anyone, as 443/tcp or 8000-8010/udp (repeatable)
        --overlay-from CIDR                 Who else is let into the overlay, as nodes elsewhere
                                            (repeatable)
        --ssh-from CIDR                     Who may reach SSH; anyone where absent (repeatable)
        --vpn-from CIDR                     Who may reach the VPN, or none; anyone where absent
                                            (repeatable)
        --ssh-key FILE                      Public key that may log in (repeatable)
        --timeout TIME                      Longest wait for each phase (default: 10m)
        --on-failure WHAT                   What happens to machines that never came online: rollback or
                                            keep (default: rollback)
        --cloud-config FILE                 Your own cloud-config, merged into what machines boot with
        --agent-image IMAGE                 Run this complete agent image
        --agent-runtime IMAGE               Node.js image that the master's agent runs in
        -y, --yes                           Ask nothing; take the defaults of what is not given
        --dry-run                           Print the plan and make nothing
        -h, --help                          Print help

      "
    `)
    expect(own).toContain('--region REGION')
    expect(own).toContain('(default: t3.small)')
    expect(own).toContain('--[no-]associate-public-ip-address')
  })

  it('finds a provider behind help', async () => {
    const { code, stdout } = await runCli(['help', 'aws'])
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: kontena aws')
  })
})

describe('a command line that cannot be understood', () => {
  it.each([
    [['nod', 'list'], "No such sub-command 'nod'", 'Did you mean node?', 'kontena'],
    [['asw', 'node', 'create'], "No such sub-command 'asw'", 'Did you mean aws?', 'kontena'],
    [['hetzner', 'node', 'create'], "No such sub-command 'hetzner'", '', 'kontena'],
    [['node', 'lst'], "No such sub-command 'lst'", 'Did you mean one of list, ls?', 'kontena node'],
    [
      ['node', 'list', '--gird', 'x'],
      "Unrecognised option '--gird'",
      'Did you mean --grid?',
      'kontena node list',
    ],
    [['node', 'list', '--grid'], "option '--grid': no value provided", '', 'kontena node list'],
    [['node', 'show'], "parameter 'NODE': no value provided", '', 'kontena node show'],
    [['node', 'show', 'a', 'b'], 'too many arguments', '', 'kontena node show'],
  ])('%j ends with 2, the cause and where to look', async (argv, cause, suggestion, command) => {
    const { code, stdout, stderr } = await runCli(argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      `ERROR: ${cause}\n\n${suggestion}${suggestion && ' '}See: '${command} --help'\n`,
    )
  })

  it('is told as JSON where that was asked for', async () => {
    const { code, stdout, stderr } = await runCli(['node', 'lst', '--json'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'USAGE',
        message: "No such sub-command 'lst'",
        hint: "Did you mean one of list, ls? See: 'kontena node --help'",
      },
    })
  })

  it('cannot drive the terminal', async () => {
    const { stderr } = await runCli(['\u001b[2J\nrm'])
    expect(stderr).toContain("No such sub-command '\\x1b[2J\\nrm'")
  })
})

describe('without a master', () => {
  it.each([['node', 'list'], ['grid', 'create', 'prod'], ['whoami'], ['aws', 'node', 'list']])(
    '%s %s says how to log in',
    async (...argv) => {
      const { code, stderr } = await runCli(argv)
      expect(code).toBe(3)
      expect(stderr).toContain(
        'You are not logged into a Kontena Master\nhint: kontena master login',
      )
    },
  )

  it('tells its own version all the same', async () => {
    expect(await runCli(['version'])).toEqual({ code: 0, stdout: `cli: ${version}\n`, stderr: '' })
  })
})

describe('version', () => {
  it('is the one in package.json', () => {
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    expect(version).toBe(JSON.parse(text).version)
  })

  it.each(['-v', '--version'])('is printed by %s', async (flag) => {
    const { code, stdout } = await runCli([flag])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^kontena-cli \d+\.\d+\.\d+ \[node\d+\.\d+\.\d+\+\w+-\w+\]\n$/)
  })
})
