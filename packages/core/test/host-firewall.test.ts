import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BootstrapOptions, renderBootstrap } from '../src/bootstrap.ts'
import { type HostFirewall, hostFirewall } from '../src/host-firewall.ts'
import { networkPolicy, type PolicyOptions } from '../src/network-policy.ts'
import { optionsFor } from './bootstrap-booted.ts'
import { readUserData } from './bootstrap-machine.ts'
import { startMaster } from './bootstrap-master.ts'
import { labProblem, loadRules, type Probe, runLab } from './host-firewall-lab.ts'

const metadata = { address: '169.254.169.254' }
const wire = { address: '168.63.129.16', ports: [80, 32_526] }

function enforcing(options: PolicyOptions = {}, changes: Partial<HostFirewall> = {}): HostFirewall {
  return {
    policy: networkPolicy(options),
    network: ['10.0.0.0/20'],
    metadataServices: [metadata],
    ...changes,
  }
}

const facts = { launchIndex: 0, instanceId: 'i-1' }

async function filesWith(firewall: HostFirewall, changes: Partial<BootstrapOptions> = {}) {
  await using master = await startMaster()
  const data = renderBootstrap(optionsFor(master, { firewall, ...changes }))
  return readUserData(data, facts).files
}

/** The file that lands on a machine. */
async function rulesOf(firewall: HostFirewall): Promise<string> {
  return (await filesWith(firewall)).get('/etc/kontena/firewall.nft')?.content ?? 'no rules'
}

describe('hostFirewall', () => {
  it('has the table of ports as matches, with the peers of the grid as a set', () => {
    const rules = hostFirewall(
      enforcing(
        {
          sshFrom: ['203.0.113.0/24', '2001:db8::/32'],
          vpnFrom: 'none',
          open: ['80/tcp', '8000-8010/udp'],
          overlayFrom: ['198.51.100.7'],
        },
        { network: ['10.0.0.0/20', 'fd00::/64', '10.0.16.0/20'] },
      ),
    )
    expect(rules).toMatchInlineSnapshot(`
      {
        "admitted": [
          "meta l4proto tcp ct original proto-dst 6783-6784 ip saddr @peers",
          "meta l4proto tcp ct original proto-dst 6783-6784 ip6 saddr @peers6",
          "meta l4proto udp ct original proto-dst 6783-6784 ip saddr @peers",
          "meta l4proto udp ct original proto-dst 6783-6784 ip6 saddr @peers6",
          "meta l4proto esp ip saddr @peers",
          "meta l4proto esp ip6 saddr @peers6",
          "meta l4proto tcp ct original proto-dst 6783-6784 ip saddr 198.51.100.7/32",
          "meta l4proto udp ct original proto-dst 6783-6784 ip saddr 198.51.100.7/32",
          "meta l4proto esp ip saddr 198.51.100.7/32",
          "meta l4proto tcp ct original proto-dst 22 ip saddr 203.0.113.0/24",
          "meta l4proto tcp ct original proto-dst 22 ip6 saddr 2001:db8::/32",
          "meta l4proto tcp ct original proto-dst 80",
          "meta l4proto udp ct original proto-dst 8000-8010",
        ],
        "hidden": [
          "ip daddr 169.254.169.254",
        ],
        "peers": "10.0.0.0/20, 10.0.16.0/20",
        "peers6": "fd00::/64",
      }
    `)
  })

  it('only hides metadata services where the cloud’s own firewall sees to the ports', () => {
    const metadataServices = [metadata, wire, { address: 'fd00:ec2::254' }]
    expect(hostFirewall({ policy: undefined, network: [], metadataServices })).toEqual({
      admitted: [],
      hidden: [
        'ip daddr 169.254.169.254',
        'ip daddr 168.63.129.16 tcp dport { 80, 32526 }',
        'ip6 daddr fd00:ec2::254',
      ],
      peers: '',
      peers6: '',
    })
  })

  it('guards on a lent host what not everybody may reach, and leaves the rest to the host', () => {
    const policy = { sshFrom: ['203.0.113.0/24'], open: ['80/tcp'], overlayFrom: ['198.51.100.7'] }
    expect(hostFirewall(enforcing(policy), 'lent')).toMatchObject({
      admitted: [
        'meta l4proto tcp ct original proto-dst 6783-6784 ip saddr @peers',
        'meta l4proto tcp ct original proto-dst 6783-6784 ip6 saddr @peers6',
        'meta l4proto udp ct original proto-dst 6783-6784 ip saddr @peers',
        'meta l4proto udp ct original proto-dst 6783-6784 ip6 saddr @peers6',
        'meta l4proto esp ip saddr @peers',
        'meta l4proto esp ip6 saddr @peers6',
        'meta l4proto tcp ct original proto-dst 6783-6784 ip saddr 198.51.100.7/32',
        'meta l4proto udp ct original proto-dst 6783-6784 ip saddr 198.51.100.7/32',
        'meta l4proto esp ip saddr 198.51.100.7/32',
        'meta l4proto tcp ct original proto-dst 1194',
        'meta l4proto udp ct original proto-dst 1194',
        'meta l4proto tcp ct original proto-dst 22 ip saddr 203.0.113.0/24',
        'meta l4proto tcp ct original proto-dst 80',
      ],
      refused: [
        'meta l4proto tcp ct original proto-dst 6783-6784',
        'meta l4proto udp ct original proto-dst 6783-6784',
        'meta l4proto esp',
        'meta l4proto tcp ct original proto-dst 22',
      ],
    })
  })

  it('guards nothing on a lent host whose order opens all to everybody', () => {
    const policy = networkPolicy({ overlayFrom: ['0.0.0.0/0', '::/0'] })
    const rules = policy.rules.filter(({ from }) => from !== 'grid')
    const firewall = enforcing({}, { policy: { ...policy, rules } })
    expect(hostFirewall(firewall, 'lent')).toMatchObject({ admitted: [], refused: [] })
  })

  it('is none where there is nothing for the host to do', () => {
    expect(hostFirewall(undefined)).toBeUndefined()
    expect(hostFirewall({ policy: undefined, network: [], metadataServices: [] })).toBeUndefined()
  })

  const text = fc.oneof(
    fc.constantFrom('10.0.0.0/8 accept; }', '0.0.0.0/0\n', '@peers', '10.0.0.0/8; include "/x"'),
    fc.string({ unit: 'grapheme' }),
  )
  const plain = /^[0-9a-f.:/, ]*$/

  it('takes no text from anywhere that is not an address range', () => {
    fc.assert(
      fc.property(text, text, (source, network) => {
        const rule = { purpose: 'ssh', protocol: 'tcp', ports: [22, 22], from: [source] } as const
        try {
          const rules = hostFirewall({
            policy: { rules: [rule] },
            network: [network],
            metadataServices: [],
          })
          expect(rules?.admitted.join().replace(/^meta.* saddr /, '')).toMatch(plain)
          expect(rules?.peers).toMatch(plain)
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_OPTIONS' })
        }
      }),
    )
  })

  it.each([
    ['a port', enforcing({}, { metadataServices: [{ ...wire, ports: [80, 1.5] }] })],
    ['a port', enforcing({}, { metadataServices: [{ ...wire, ports: [Number.NaN] }] })],
    ['an address', enforcing({}, { metadataServices: [{ address: '1.2.3.4; flush ruleset' }] })],
    ['an address', enforcing({}, { metadataServices: [{ address: 'fe80::1%eth0' }] })],
  ])('throws for %s of a provider that is none', (_what, wrong) => {
    expect(() => hostFirewall(wrong)).toThrow()
  })
})

describe('the files of a machine', () => {
  const firewallFiles = (files: ReadonlyMap<string, unknown>): string[] =>
    [...files.keys()].filter((path) => /firewall|peers/.test(path))

  it('hold a firewall with its units, which lets the agent name peers', async () => {
    const files = await filesWith(enforcing())
    expect(firewallFiles(files)).toEqual([
      '/etc/kontena/firewall.nft',
      '/etc/systemd/system/kontena-firewall.service',
      '/opt/kontena/raise-firewall',
      '/etc/systemd/system/kontena-peers.path',
      '/etc/systemd/system/kontena-peers.service',
    ])
    const unit = files.get('/etc/systemd/system/kontena-agent.service')?.content
    expect(unit).toContain('-v /run/kontena:/run/kontena')
  })

  it('hold only what hides metadata services where ports are not the host’s', async () => {
    const files = await filesWith({
      policy: undefined,
      network: [],
      metadataServices: [metadata, wire],
    })
    expect(firewallFiles(files)).toHaveLength(3)
    expect(files.get('/etc/kontena/firewall.nft')?.content).toMatchInlineSnapshot(`
      "# What may reach this machine. It all stands in a table of its own; no other table is touched.
      table inet kontena
      delete table inet kontena

      table inet kontena {
        chain forward {
          type filter hook forward priority filter; policy accept;
          ip daddr 169.254.169.254 drop
          ip daddr 168.63.129.16 tcp dport { 80, 32526 } drop
        }
      }
      "
    `)
    const unit = files.get('/etc/systemd/system/kontena-agent.service')?.content
    expect(unit).not.toContain('/run/kontena')
  })

  it('hold no firewall where the host has nothing to do', async () => {
    const files = await filesWith({ policy: undefined, network: [], metadataServices: [] })
    expect(firewallFiles(files)).toEqual([])
  })

  it('fit into 16 KiB of text with a certificate authority and two keys', async () => {
    const limit = { bytes: 16_384, gzip: false }
    const pem = randomBytes(1_300).toString('base64').replace(/.{64}/g, '$&\n')
    const ca = `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`
    const master = { url: 'https://master.example.com', ca, agentBundle: 'ab'.repeat(32) }
    const files = await filesWith(enforcing({ open: ['80', '443'] }), { limit, master })
    expect(files.get('/etc/kontena/ca.pem')?.content).toBe(ca)
  })
})

const problem = labProblem()
if (problem !== undefined) {
  process.stdout.write(`skipped: the host firewall in the kernel, as ${problem}\n`)
}

describe.skipIf(problem !== undefined)('the rules in the kernel', () => {
  it.each([
    ['of the plainest order', enforcing()],
    ['that overlap', enforcing({}, { network: ['10.0.0.5/8', '10.0.0.0/20', '::/0', 'fd00::1'] })],
    ['without a network', enforcing({}, { network: [] })],
    [
      'with every kind of source',
      enforcing({
        sshFrom: ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '::ffff:1.2.3.4'],
        vpnFrom: ['::/0'],
        open: ['1', '1-65535/udp'],
        overlayFrom: ['0.0.0.0/0', '::/0'],
      }),
    ],
    ['that only hide', { policy: undefined, network: [], metadataServices: [metadata, wire] }],
  ])('load %s, also over themselves', async (_what, firewall) => {
    const rules = await rulesOf(firewall)
    loadRules(rules)
    loadRules(`${rules}\n${rules}`)
  })

  const open: readonly Probe[] = [
    ['outside', 'tcp', '203.0.113.1', 22],
    ['outside', 'tcp', '2001:db8::1', 22],
    ['outside', 'udp', '203.0.113.1', 1194],
    ['outside', 'tcp', '203.0.113.1', 1194],
    ['outside', 'tcp', '203.0.113.1', 8080],
    ['peer', 'tcp', '10.0.0.1', 6783],
    ['peer', 'udp', '10.0.0.1', 6784],
    ['peer', 'esp', '10.0.0.1'],
    ['box', 'tcp', '198.51.100.9', 80],
    ['box', 'udp', '203.0.113.9', 53],
    ['box', 'tcp', '172.17.0.3', 80],
    ['box', 'tcp', '172.17.0.1', 7777],
    ['box2', 'tcp', '203.0.113.1', 9090],
    ['machine', 'tcp', '172.17.0.2', 80],
    ['machine', 'tcp', '169.254.169.254', 80],
    ['machine', 'udp', '203.0.113.9', 53],
    ['machine', 'tcp', '203.0.113.1', 7777],
  ]
  const closed: readonly Probe[] = [
    ['outside', 'tcp', '203.0.113.1', 80],
    ['outside', 'tcp', '203.0.113.1', 7777],
    ['outside', 'udp', '203.0.113.1', 7777],
    ['outside', 'tcp', '2001:db8::1', 7777],
    ['outside', 'tcp', '203.0.113.1', 6783],
    ['outside', 'tcp', '2001:db8::1', 6783],
    ['outside', 'udp', '203.0.113.1', 6783],
    ['outside', 'esp', '203.0.113.1'],
    ['outside', 'esp', '2001:db8::1'],
    // Published, but not by --open, though its container's port is another's open one.
    ['outside', 'tcp', '203.0.113.1', 9090],
    ['peer', 'tcp', '10.0.0.1', 9090],
    // Round the published port, straight at the container.
    ['outside', 'tcp', '172.17.0.2', 80],
    ['peer', 'tcp', '172.17.0.2', 80],
    ['peer', 'tcp', '10.0.0.1', 7777],
    ['box', 'tcp', '169.254.169.254', 80],
    ['box', 'tcp', '169.254.169.254', 32_526],
  ]
  const silent = Object.fromEntries(closed.map((probe) => [probe.join(' '), 'silence']))

  it('keep others from the overlay of a lent host, and from nothing that the host does itself', async () => {
    await using master = await startMaster()
    const options = optionsFor(master, {
      names: ['web-1'],
      format: 'script',
      firewall: enforcing(),
    })
    const limit = { bytes: 1_000_000, gzip: false }
    const script = Buffer.from(renderBootstrap({ ...options, limit })).toString()
    const rules = /\/firewall\.nft cat << 'END_OF_FILE'\n(.*?)END_OF_FILE/s.exec(script)?.[1]
    const overlay: readonly Probe[] = [
      ['outside', 'tcp', '203.0.113.1', 6783],
      ['outside', 'udp', '203.0.113.1', 6783],
      ['outside', 'esp', '203.0.113.1'],
    ]
    const others: readonly Probe[] = [
      ['outside', 'tcp', '203.0.113.1', 7777],
      ['outside', 'tcp', '203.0.113.1', 80],
      ['outside', 'tcp', '203.0.113.1', 9090],
      ['outside', 'tcp', '203.0.113.1', 22],
      ['peer', 'tcp', '10.0.0.1', 6783],
      ['peer', 'esp', '10.0.0.1'],
      ['box', 'tcp', '198.51.100.9', 80],
    ]
    const probes = [...overlay, ...others]
    const { told } = await runLab([{ probes }, { rules: rules ?? 'no rules', probes }])
    const [before = {}, after = {}] = told
    expect(Object.values(before)).not.toContain('silence')
    expect(after).toEqual({
      ...before,
      ...Object.fromEntries(overlay.map((probe) => [probe.join(' '), 'silence'])),
    })
  })

  it('admit what the order opens and refuse the rest, for the machine and its containers', async () => {
    const rules = await rulesOf(enforcing({ open: ['8080/tcp'] }))
    const everything = [...open, ...closed]
    const { told, tables } = await runLab([
      { probes: everything },
      { rules, probes: everything },
      { rules, probes: everything },
    ])
    const [before = {}, after = {}, again] = told
    expect(Object.values(before)).not.toContain('silence')
    expect(after).toEqual({
      ...silent,
      ...Object.fromEntries(open.map((probe) => [probe.join(' '), before[probe.join(' ')]])),
    })
    expect(again).toEqual(after)
    expect(tables).toEqual(['table ip docker', 'table inet kontena'])
  })

  it('admit from a range only what comes from there', async () => {
    const from = ['203.0.113.8/30', '2001:db8::/64']
    const probes: Probe[] = [
      ['outside', 'tcp', '203.0.113.1', 22],
      ['outside', 'tcp', '2001:db8::1', 22],
      ['outside', 'esp', '203.0.113.1'],
      ['outside', 'tcp', '203.0.113.1', 1194],
      ['peer', 'tcp', '10.0.0.1', 22],
    ]
    const near = enforcing({ sshFrom: from, overlayFrom: from, vpnFrom: from })
    const far = enforcing({ sshFrom: ['10.0.0.0/20'], vpnFrom: 'none' })
    const { told } = await runLab([
      { rules: await rulesOf(near), probes },
      { rules: await rulesOf(far), probes },
    ])
    expect(told.map((answers) => Object.values(answers))).toEqual([
      ['machine', 'machine', 'machine', 'box', 'silence'],
      ['silence', 'silence', 'silence', 'silence', 'machine'],
    ])
  })

  it('take no container’s own port for one that the order opens', async () => {
    const rules = await rulesOf(enforcing({ open: ['80/tcp'] }))
    const probes: Probe[] = [
      ['outside', 'tcp', '203.0.113.1', 80],
      ['outside', 'tcp', '203.0.113.1', 9090],
      ['outside', 'tcp', '172.17.0.2', 80],
      ['peer', 'tcp', '172.17.0.3', 80],
    ]
    const { told } = await runLab([{ rules, probes }])
    expect(Object.values(told[0] ?? {})).toEqual(['machine', 'silence', 'silence', 'silence'])
  })

  it('admit the peers that the agent names instead of the private network, and keep all as it was when its file is broken', async () => {
    const rules = await rulesOf(enforcing())
    const probes: Probe[] = [
      ['peer', 'tcp', '10.0.0.1', 6783],
      ['outside', 'tcp', '203.0.113.1', 6783],
      ['outside', 'tcp', '2001:db8::1', 6783],
    ]
    const peers = [
      'flush set inet kontena peers',
      'add element inet kontena peers { 203.0.113.9 }',
      'add element inet kontena peers6 { 2001:db8::9 }',
    ].join('\n')
    const { told } = await runLab([
      { rules, probes },
      { peers, rules, probes },
      { peers: `${peers}\nadd element`, rules, isBroken: true, probes },
      { peers: '', rules, probes },
    ])
    expect(told.map((answers) => Object.values(answers))).toEqual([
      ['machine', 'silence', 'silence'],
      ['silence', 'machine', 'machine'],
      ['silence', 'machine', 'machine'],
      ['machine', 'silence', 'silence'],
    ])
  })

  it('that only hide metadata services leave all else as it is', async () => {
    const rules = await rulesOf({
      policy: undefined,
      network: [],
      metadataServices: [metadata, { address: '198.51.100.9', ports: [80, 32_526] }],
    })
    const hidden: Probe[] = [
      ['box', 'tcp', '169.254.169.254', 80],
      ['box', 'tcp', '198.51.100.9', 80],
      ['box', 'tcp', '198.51.100.9', 32_526],
    ]
    const rest: Probe[] = [
      ['box', 'udp', '203.0.113.9', 53],
      ['machine', 'tcp', '169.254.169.254', 80],
      ['machine', 'tcp', '198.51.100.9', 32_526],
      ['outside', 'tcp', '203.0.113.1', 7777],
      ['outside', 'tcp', '203.0.113.1', 9090],
    ]
    const { told } = await runLab([{ rules, probes: [...hidden, ...rest] }])
    const answers = Object.values(told[0] ?? {})
    expect(answers.slice(0, 3)).toEqual(['silence', 'silence', 'silence'])
    expect(answers.slice(3)).toEqual(['outside', 'outside', 'outside', 'machine', 'box'])
  })
})
