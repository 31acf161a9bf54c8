import { expect, test, vi } from 'vitest'
import { makeServer, openSandbox, refusal, refusalCode } from './open.ts'

const accept = { action: 'accept', direction: 'in', family: 'IPv4', protocol: 'tcp' }
const list = (...rules: readonly object[]) => ({ firewall_rules: { firewall_rule: rules } })

async function running() {
  const opened = await openSandbox()
  const uuid = await makeServer(opened)
  await vi.waitFor(() => expect(opened.sandbox.upcloud.servers()[0]?.state).toBe('started'))
  return { ...opened, path: `server/${uuid}/firewall_rule` }
}

test('a whole list takes the place of the one before', async () => {
  const { call, path, sandbox } = await running()
  const peer = { source_address_start: '10.0.0.2', source_address_end: '10.0.0.9' }
  const esp = { ...accept, protocol: '', ...peer, comment: 'any protocol' }
  expect((await call('PUT', path, list(accept, accept))).status).toBe(204)
  await call('PUT', path, list(esp, { action: 'drop', direction: 'in' }))
  expect(sandbox.upcloud.servers()[0]?.firewallRules).toMatchObject([
    { action: 'accept', protocol: '', ...peer },
    { action: 'drop', family: '', destination_port_start: '' },
  ])
})

test('a rule goes where its position says, and can be taken out', async () => {
  const { call, path } = await running()
  await call('PUT', path, list(accept, { action: 'drop', direction: 'in' }))
  const second = { firewall_rule: { ...accept, protocol: 'udp', position: '2' } }
  expect((await call('POST', path, second)).status).toBe(201)
  expect((await call('GET', path)).body).toMatchObject({
    firewall_rules: {
      firewall_rule: [
        { protocol: 'tcp', position: '1' },
        { protocol: 'udp', position: '2' },
        { action: 'drop', position: '3' },
      ],
    },
  })
  await call('DELETE', `${path}/1`)
  expect((await call('GET', `${path}/1`)).body).toMatchObject({
    firewall_rule: { protocol: 'udp' },
  })
  expect(await refusal(call('GET', `${path}/9`))).toMatchObject({
    status: 404,
    code: 'FIREWALL_RULE_NOT_FOUND',
  })
})

test.each([
  [
    'ports without a protocol',
    { protocol: '', destination_port_start: '22' },
    'PORT_PROTOCOL_MISMATCH',
  ],
  [
    'ports that end before they begin',
    { source_port_start: '90', source_port_end: '80' },
    'SOURCE_PORT_ORDER_ILLEGAL',
  ],
  [
    'addresses that end before they begin',
    { source_address_start: '10.0.0.9', source_address_end: '10.0.0.2' },
    'SOURCE_ADDRESS_ORDER_ILLEGAL',
  ],
  [
    'an address range in CIDR notation',
    { source_address_start: '10.0.0.0/24' },
    'SOURCE_ADDRESS_START_INVALID',
  ],
  [
    'an address of another family',
    { family: 'IPv6', destination_address_end: '10.0.0.2' },
    'DESTINATION_ADDRESS_END_INVALID',
  ],
  ['ESP, which it has no word for', { protocol: 'esp' }, 'PROTOCOL_INVALID'],
  ['an ICMP type for TCP', { icmp_type: '8' }, 'ICMP_TYPE_PROTOCOL_MISMATCH'],
  ['no direction', { direction: undefined }, 'DIRECTION_MISSING'],
  ['an attribute that is unknown', { ports: '22' }, 'UNKNOWN_ATTRIBUTE'],
])('%s is refused, and the list stays as it was', async (_, change, code) => {
  const { call, path, sandbox } = await running()
  expect(await refusalCode(call('PUT', path, list(accept, { ...accept, ...change })))).toBe(code)
  expect(sandbox.upcloud.servers()[0]?.firewallRules).toEqual([])
})

test('a server has a thousand rules, and no more', async () => {
  const { call, path } = await running()
  const thousand = Array.from({ length: 1000 }, () => accept)
  expect((await call('PUT', path, list(...thousand))).status).toBe(204)
  expect(await refusalCode(call('POST', path, { firewall_rule: accept }))).toBe(
    'FIREWALL_RULE_LIMIT_REACHED',
  )
})
