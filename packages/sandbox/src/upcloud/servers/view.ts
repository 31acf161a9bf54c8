import type { Interface, Server } from '../account.ts'

/** As lists show it: no addresses, no disks. */
export function summaryView(server: Server) {
  const { plan } = server
  return {
    core_number: String(plan.cores),
    created: Math.floor(server.createdAt.getTime() / 1000),
    // A server that is off is on no host.
    ...(server.state === 'stopped' ? {} : { host: server.host }),
    hostname: server.hostname,
    labels: { label: server.labels },
    license: 0,
    memory_amount: String(plan.memory),
    plan: plan.name,
    plan_ipv4_bytes: '0',
    plan_ipv6_bytes: '0',
    server_group: null,
    simple_backup: 'no',
    state: server.state,
    tags: { tag: [] },
    title: server.title,
    uuid: server.uuid,
    zone: server.zone.id,
  }
}

export function detailView(server: Server) {
  return {
    ...summaryView(server),
    boot_order: 'disk',
    firewall: server.firewall,
    ip_addresses: {
      ip_address: server.interfaces
        .filter(({ type }) => type !== 'private')
        .flatMap(({ type, addresses }) =>
          addresses.map(({ address, family }) => ({ access: type, address, family })),
        ),
    },
    metadata: server.hasMetadata ? 'yes' : 'no',
    networking: { interfaces: { interface: server.interfaces.map(interfaceView) } },
    nic_model: 'virtio',
    ...(server.progress === undefined ? {} : { progress: String(server.progress) }),
    remote_access_enabled: 'no',
    remote_access_password: 'sandbox0',
    remote_access_type: 'vnc',
    storage_devices: {
      storage_device: server.storages.map((storage, index) => ({
        address: `virtio:${index}`,
        boot_disk: '0',
        storage: storage.uuid,
        storage_size: storage.size,
        storage_tier: storage.tier,
        storage_title: storage.title,
        type: 'disk',
      })),
    },
    timezone: server.timezone,
    video_model: 'cirrus',
  }
}

export function interfaceView({ index, type, network, mac, addresses }: Interface) {
  return {
    bootable: 'no',
    index,
    ip_addresses: {
      ip_address: addresses.map(({ address, family }) => ({ address, family, floating: 'no' })),
    },
    mac,
    network: network.uuid,
    source_ip_filtering: 'yes',
    type,
  }
}
