import { anywhere, networkPolicy, type PortRule } from '@kontena/core'
import { expect, test } from 'vitest'
import { code, pageFile, table } from './markdown.ts'

const purposes: Readonly<Record<PortRule['purpose'], { what: string; flag: string }>> = {
  overlay: { what: 'overlay network between nodes', flag: '' },
  vpn: { what: 'VPN into the grid', flag: '--vpn-from CIDR, --vpn-from none' },
  ssh: { what: 'SSH', flag: '--ssh-from CIDR' },
  service: { what: 'a service that is published', flag: '--open PORT/PROTOCOL' },
}

test('docs/reference/ports.md tells every port of a node, as the firewall is given them', async () => {
  const { rules } = networkPolicy({ open: ['443/tcp'] })
  await expect(pageOf(rules)).toMatchFileSnapshot(pageFile('ports.md'))
})

function rowOf({ purpose, protocol, ports, from }: PortRule): string[] {
  const { what, flag } = purposes[purpose]
  const range = ports === undefined ? '' : [...new Set(ports)].join('-')
  return [
    what,
    protocol === 'esp' ? 'ESP (IP protocol 50)' : protocol,
    purpose === 'service' ? 'as asked' : range,
    from === 'grid' ? 'nodes of the same grid' : `anywhere (${from.join(', ')})`,
    flag
      .split(', ')
      .map((text) => code(text))
      .join(', '),
  ]
}

function pageOf(rules: readonly PortRule[]): string {
  return [
    '# Ports of a node',
    '',
    "What a grid's firewall lets in, on every provider. Whatever is not named is refused; outbound all is open.",
    '',
    ...table(
      ['what', 'protocol', 'ports', 'from', 'changed with'],
      rules.map((rule) => rowOf(rule)),
    ),
    '',
    `Ranges are IPv4 and IPv6 CIDRs; anywhere is ${anywhere.map(code).join(' and ')}.`,
    '',
    'The overlay network and the VPN are not built yet: nothing listens on their ports by default. They are open',
    'because grids need them. `node create` only ever adds rules; what a firewall admits beyond what was asked is',
    'said in the plan and left. Groups given with `--security-groups` are attached as they are and never changed.',
    '',
    'This page is written by `packages/cli/test/reference/ports.test.ts` from the table of ports that providers use.',
    '',
  ].join('\n')
}
