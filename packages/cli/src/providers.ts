import type { Provider } from '@kontena/core'

/** A provider that comes with the command. Its manifest loads only when its word is typed. */
export interface BuiltInProvider {
  readonly name: string
  readonly title: string
  readonly load: () => Promise<Provider>
}

export const builtInProviders: readonly BuiltInProvider[] = [
  {
    name: 'aws',
    title: 'AWS EC2',
    load: async () => (await import('@kontena/provider-aws')).aws,
  },
  {
    name: 'azure',
    title: 'Microsoft Azure',
    load: async () => (await import('@kontena/provider-azure')).azure,
  },
  {
    name: 'digitalocean',
    title: 'DigitalOcean',
    load: async () => (await import('@kontena/provider-digitalocean')).digitalocean,
  },
  {
    name: 'upcloud',
    title: 'UpCloud',
    load: async () => (await import('@kontena/provider-upcloud')).upcloud,
  },
  {
    name: 'vagrant',
    title: 'Vagrant',
    load: async () => (await import('@kontena/provider-vagrant')).vagrant,
  },
  {
    name: 'ssh',
    title: 'hosts over SSH',
    load: async () => (await import('@kontena/provider-ssh')).ssh,
  },
  {
    name: 'packet',
    title: 'Packet (Equinix Metal)',
    load: async () => (await import('@kontena/provider-packet')).packet,
  },
]

/** Words that no plug-in can have. */
export const takenWords: ReadonlySet<string> = new Set([
  ...builtInProviders.map(({ name }) => name),
  ...['grid', 'help', 'master', 'node', 'plugin', 'sandbox', 'version', 'whoami'],
])
