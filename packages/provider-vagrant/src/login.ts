import { type Call, type Login, ProvisionError } from '@kontena/core'
import type { Layout } from './layout.ts'
import { listMachines } from './machine-folders.ts'
import { noSuchMachine } from './power.ts'
import { runVagrant } from './run-vagrant.ts'

const patience = 120_000

/** As `vagrant ssh` itself logs in: its own user and key, by a port of this computer where there is NAT. */
export async function findLogin(layout: Layout, id: string, { signal }: Call): Promise<Login> {
  signal.throwIfAborted()
  const folder = listMachines(layout).find(({ record }) => record.id === id)
  if (folder === undefined) throw noSuchMachine(id)
  const { path, record } = folder
  const what = `find the way to ${record.name}`
  const { lines } = await runVagrant(['ssh-config'], {
    folder: path,
    what,
    timeout: patience,
    signal,
  })
  const text = lines.find(({ type }) => type === 'ssh-config')?.data[0]
  if (text === undefined) {
    throw new ProvisionError('UNAVAILABLE', `Vagrant does not tell how to log in to ${record.name}`)
  }
  return parseSshConfig(text)
}

/** OpenSSH's own format, one host; the first of several keys. */
export function parseSshConfig(text: string): Login {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^\s*(\w+)\s+(.*\S)\s*$/.exec(line) ?? []
    if (!values.has(key)) values.set(key, value.replace(/^"(.*)"$/, '$1'))
  }
  const port = values.get('Port')
  return {
    address: values.get('HostName'),
    port: port === undefined ? undefined : Number(port),
    user: values.get('User'),
    identityFile: values.get('IdentityFile'),
  }
}
