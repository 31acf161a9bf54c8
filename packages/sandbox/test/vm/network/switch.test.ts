import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { formatIpv4, parseIpv4 } from '../../../src/ipv4.ts'
import type { Guest } from '../../../src/vm/guest.ts'
import { formatMac, readIpv4, tcp, udp } from '../../../src/vm/network/frame.ts'
import { hostForMachines, outside } from '../../../src/vm/network/host-side.ts'
import { gatewayMac, openSwitch } from '../../../src/vm/network/switch.ts'
import { arpQuestion, dhcpMessage, ethernet, holdCable, packetOf, sumOf } from './wired-guest.ts'

const esp = 50
const metadataPort = 40_001
const one = { mac: '02:00:00:00:00:0a', address: '172.31.0.4' }
const two = { mac: '02:00:00:00:00:0b', address: '172.31.16.4' }

function openRoom() {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-switch-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, room: openSwitch(join(folder, 'n')) }
}

function guest(place: { mac: string; address: string }, more: Partial<Guest> = {}): Guest {
  const gateway = `${place.address.slice(0, place.address.lastIndexOf('.'))}.1`
  return {
    smbios: [],
    interfaces: [{ ...place, prefix: 20, gateway, network: 'vpc-1' }],
    metadata: () => ({ status: 404, body: '' }),
    metadataAddresses: ['169.254.169.254'],
    nameServers: ['169.254.169.253'],
    publicAddress: () => undefined,
    ...more,
  }
}

async function plugIn(room: ReturnType<typeof openSwitch>, wanted: Guest) {
  const plug = await room.plugIn(wanted, metadataPort)
  onTestFinished(() => plug.close())
  const inside = await Promise.all(plug.interfaces.map(holdCable))
  return { plug, inside, way: await holdCable(plug.outside) }
}

/** Addresses and ports of a packet, and whether its checksums are right. */
function seen(frame: Buffer) {
  const packet = readIpv4(frame)
  if (packet === undefined) throw new Error('no IPv4 packet')
  const { segment, source, destination, bytes } = packet
  return {
    from: `${formatIpv4(source)}:${segment?.readUInt16BE(0)}`,
    to: `${formatIpv4(destination)}:${segment?.readUInt16BE(2)}`,
    isSound: sumOf(bytes) === 0,
  }
}

const plain = async () => {
  const { room } = openRoom()
  const { inside, way } = await plugIn(room, guest(one))
  const [cable] = inside
  if (cable === undefined) throw new Error('no interface')
  return { cable, way }
}

describe('DHCP', () => {
  test('offers and grants the address that the cloud gave, with its mask, gateway and name server', async () => {
    const { cable } = await plain()
    cable.send(dhcpMessage(one.mac, [[53, 1, 1]]))
    const offer = await cable.next()
    expect(seen(offer)).toMatchObject({ from: '172.31.0.1:67', to: '172.31.0.4:68' })
    const message = readIpv4(offer)?.segment?.subarray(8) ?? Buffer.alloc(0)
    expect(message.readUInt32BE(4)).toBe(0xfeedbeef)
    expect(formatIpv4(message.readUInt32BE(16))).toBe('172.31.0.4')
    expect(formatMac(message.subarray(28, 34))).toBe(one.mac)
    const options = message.subarray(240).toString('hex')
    expect(options).toMatch(/^350102/)
    expect(options).toContain('0104fffff000')
    expect(options).toContain('0304ac1f0001')
    expect(options).toContain('0604a9fea9fd')
    cable.send(
      dhcpMessage(one.mac, [
        [53, 1, 3],
        [50, 4, 172, 31, 0, 4],
      ]),
    )
    const granted = readIpv4(await cable.next())?.segment?.subarray(248)
    expect(granted?.toString('hex')).toMatch(/^350105/)
  })

  test('refuses an address that the machine had elsewhere', async () => {
    const { cable } = await plain()
    cable.send(dhcpMessage(one.mac, [[0], [53, 1, 3], [50, 4, 10, 0, 0, 9]]))
    const refused = readIpv4(await cable.next())?.segment?.subarray(8)
    expect(refused?.subarray(240).toString('hex')).toMatch(/^350106/)
    expect(refused?.readUInt32BE(16)).toBe(0)
  })

  test('adds the options of a cloud of its own', async () => {
    const { room } = openRoom()
    const dhcpOptions = new Map([[245, Buffer.of(168, 63, 129, 16)]])
    const { inside } = await plugIn(room, guest(one, { dhcpOptions }))
    inside[0]?.send(dhcpMessage(one.mac, [[53, 1, 1]]))
    expect((await inside[0]?.next())?.toString('hex')).toContain('f504a83f8110')
  })
})

describe('what a machine asks for by ARP', () => {
  const answer = (frame: Buffer) => formatMac(frame.subarray(14 + 8, 14 + 14))

  test.each(['172.31.0.1', '169.254.169.254', hostForMachines])(
    '%s is at the gateway',
    async (wanted) => {
      const { cable } = await plain()
      cable.send(arpQuestion(one.mac, one.address, wanted))
      expect(answer(await cable.next())).toBe(gatewayMac)
    },
  )

  test('is another machine where that has the address, and nobody where none has', async () => {
    const { room } = openRoom()
    const near = { mac: two.mac, address: '172.31.0.5' }
    const { inside } = await plugIn(room, guest(one))
    await plugIn(room, guest(near))
    const [cable] = inside
    cable?.send(arpQuestion(one.mac, one.address, '172.31.0.77'))
    cable?.send(arpQuestion(one.mac, '0.0.0.0', one.address))
    cable?.send(arpQuestion(one.mac, one.address, near.address))
    // Only the last one is answered, so it is what comes first.
    expect(answer((await cable?.next()) ?? Buffer.alloc(0))).toBe(near.mac)
  })
})

describe('packets', () => {
  test('for the metadata service go to its port on this computer, and its answers come back as from there', async () => {
    const { cable, way } = await plain()
    const question = packetOf({
      from: one.address,
      to: '169.254.169.254',
      protocol: tcp,
      ports: [50_000, 80],
    })
    cable.send(ethernet(gatewayMac, one.mac, question))
    expect(seen(await way.next())).toEqual({
      from: '172.31.0.4:50000',
      to: `${hostForMachines}:${metadataPort}`,
      isSound: true,
    })
    const reply = packetOf({
      from: hostForMachines,
      to: one.address,
      protocol: tcp,
      ports: [metadataPort, 50_000],
    })
    way.send(ethernet('52:55:00:00:00:01', '52:55:c6:13:ff:fe', reply))
    const back = await cable.next()
    expect(seen(back)).toEqual({
      from: '169.254.169.254:80',
      to: '172.31.0.4:50000',
      isSound: true,
    })
    expect(formatMac(back.subarray(0, 6))).toBe(one.mac)
  })

  test.each([tcp, udp])(
    'for the name server are answered by this computer (protocol %i)',
    async (protocol) => {
      const { cable, way } = await plain()
      const to = { from: one.address, to: '169.254.169.253', protocol, ports: [5353, 53] } as const
      cable.send(ethernet(gatewayMac, one.mac, packetOf(to)))
      expect(seen(await way.next())).toMatchObject({ to: `${outside.resolver}:53`, isSound: true })
    },
  )

  test('for anybody else leave as they are, and other ports of the metadata address too', async () => {
    const { cable, way } = await plain()
    const web = {
      from: one.address,
      to: '93.184.216.34',
      protocol: tcp,
      ports: [50_000, 443],
    } as const
    cable.send(ethernet(gatewayMac, one.mac, packetOf(web)))
    expect(seen(await way.next())).toMatchObject({ to: '93.184.216.34:443', isSound: true })
    const other = { ...web, to: '169.254.169.254' }
    cable.send(ethernet(gatewayMac, one.mac, packetOf(other)))
    expect(seen(await way.next())).toMatchObject({ to: '169.254.169.254:443' })
  })

  test('of any protocol reach a machine in the same network, through the gateway too', async () => {
    const { room } = openRoom()
    const first = await plugIn(room, guest(one))
    const second = await plugIn(room, guest(two))
    const packet = packetOf({ from: one.address, to: two.address, protocol: esp })
    first.inside[0]?.send(ethernet(gatewayMac, one.mac, packet))
    const frame = (await second.inside[0]?.next()) ?? Buffer.alloc(0)
    expect(readIpv4(frame)).toMatchObject({ protocol: esp, source: parseIpv4(one.address) })
    expect(formatMac(frame.subarray(0, 6))).toBe(two.mac)
    expect(formatMac(frame.subarray(6, 12))).toBe(gatewayMac)
    expect(first.way.arrived()).toBe(0)
  })

  test('do not reach a machine with that address in another network', async () => {
    const { room } = openRoom()
    const first = await plugIn(room, guest(one))
    const other = guest(two).interfaces.map((each) => ({ ...each, network: 'vpc-2' }))
    const second = await plugIn(room, guest(two, { interfaces: other }))
    const packet = packetOf({ from: one.address, to: two.address, protocol: esp })
    first.inside[0]?.send(ethernet(gatewayMac, one.mac, packet))
    await first.way.next()
    expect(second.inside[0]?.arrived()).toBe(0)
  })

  test('from outside come to the interface with that address', async () => {
    const { room } = openRoom()
    const interfaces = [
      { ...one, prefix: 20, gateway: '172.31.0.1', network: 'a' },
      { mac: two.mac, address: '10.9.0.2', prefix: 24, gateway: undefined, network: 'b' },
    ]
    const { inside, way } = await plugIn(room, guest(one, { interfaces }))
    way.send(arpQuestion('52:55:c6:13:ff:fe', hostForMachines, '10.9.0.2'))
    expect(formatMac((await way.next()).subarray(22, 28))).toBe(gatewayMac)
    const packet = {
      from: hostForMachines,
      to: '10.9.0.2',
      protocol: tcp,
      ports: [40_000, 22],
    } as const
    way.send(ethernet(gatewayMac, '52:55:c6:13:ff:fe', packetOf(packet)))
    expect(seen((await inside[1]?.next()) ?? Buffer.alloc(0))).toMatchObject({ to: '10.9.0.2:22' })
    expect(inside[0]?.arrived()).toBe(0)
  })

  test('of an address that the system gave itself are answered too', async () => {
    const { cable, way } = await plain()
    const linkLocal = '169.254.13.7'
    const question = {
      from: linkLocal,
      to: '169.254.169.254',
      protocol: tcp,
      ports: [50_000, 80],
    } as const
    cable.send(ethernet(gatewayMac, one.mac, packetOf(question)))
    await way.next()
    way.send(arpQuestion('52:55:c6:13:ff:fe', hostForMachines, linkLocal))
    expect(formatMac((await way.next()).subarray(22, 28))).toBe(gatewayMac)
    const reply = {
      from: hostForMachines,
      to: linkLocal,
      protocol: tcp,
      ports: [metadataPort, 50_000],
    } as const
    way.send(ethernet(gatewayMac, '52:55:c6:13:ff:fe', packetOf(reply)))
    expect(seen(await cable.next())).toMatchObject({
      from: '169.254.169.254:80',
      to: `${linkLocal}:50000`,
    })
  })

  test('from the machine’s own address, as this computer may send them, come from this computer', async () => {
    const { cable, way } = await plain()
    const call = { from: one.address, to: one.address, protocol: tcp, ports: [40_000, 22] } as const
    way.send(ethernet(gatewayMac, '52:55:c6:13:ff:fe', packetOf(call)))
    expect(seen(await cable.next())).toEqual({
      from: `${hostForMachines}:40000`,
      to: '172.31.0.4:22',
      isSound: true,
    })
    const reply = { from: one.address, to: hostForMachines, protocol: tcp } as const
    cable.send(ethernet(gatewayMac, one.mac, packetOf({ ...reply, ports: [22, 40_000] })))
    expect(seen(await way.next())).toEqual({
      from: '172.31.0.4:22',
      to: '172.31.0.4:40000',
      isSound: true,
    })
    cable.send(ethernet(gatewayMac, one.mac, packetOf({ ...reply, ports: [50_000, 9292] })))
    expect(seen(await way.next())).toMatchObject({ to: `${hostForMachines}:9292` })
  })

  test('that are broken are dropped, and the next ones still come', async () => {
    const { cable, way } = await plain()
    const good = packetOf({ from: one.address, to: '192.0.2.9', protocol: udp, ports: [1, 2] })
    for (const bad of [
      Buffer.alloc(3),
      Buffer.alloc(14),
      good.subarray(0, 15),
      Buffer.from([0x4f, 0, 0, 9]),
    ]) {
      cable.send(ethernet(gatewayMac, one.mac, bad))
    }
    cable.send(
      ethernet(gatewayMac, one.mac, packetOf({ from: one.address, to: '224.0.0.1', protocol: 2 })),
    )
    cable.send(ethernet(gatewayMac, one.mac, good))
    expect(seen(await way.next())).toMatchObject({ to: '192.0.2.9:2' })
  })
})

test('a machine that is unplugged leaves no socket, and nothing of it is found any more', async () => {
  const { folder, room } = openRoom()
  const first = await plugIn(room, guest(one))
  const second = await plugIn(room, guest(two))
  await second.plug.close()
  expect(readdirSync(join(folder, 'n'))).toHaveLength(2)
  const packet = packetOf({ from: one.address, to: two.address, protocol: esp })
  first.inside[0]?.send(ethernet(gatewayMac, one.mac, packet))
  expect(readIpv4(await first.way.next())?.protocol).toBe(esp)
})
