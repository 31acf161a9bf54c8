import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A provider as a plug-in, whose machines are lines of a file that a test writes too. It can stop and
 * start them, and knows how to log in to them.
 */
const code = `
import { readFileSync, writeFileSync } from 'node:fs'
import { defineProvider, ProvisionError } from '@kontena/core'
import { z } from 'zod'

const open = ({ access: { file } }) => {
  const read = () => JSON.parse(readFileSync(file, 'utf8'))
  const turn = (ids, state) => {
    const books = read()
    for (const machine of books.machines) if (ids.includes(machine.id)) machine.state = state
    books.calls.push(state)
    writeFileSync(file, JSON.stringify(books))
  }
  return {
    account: async () => ({ id: 'acme', region: 'here', local: true }),
    find: async (query) =>
      read().machines
        .filter(({ id }) => !('ids' in query) || query.ids.includes(id))
        .map((machine) => ({ zone: 'here', owner: query.owner, ...machine })),
    start: async (ids) => turn(ids, 'running'),
    stop: async (ids) => turn(ids, 'stopped'),
    login: async (id) => {
      const login = read().logins[id]
      if (login === undefined) throw new ProvisionError('NOT_FOUND', 'no machine ' + id)
      return login
    },
  }
}

export const provider = defineProvider({
  name: 'tiny',
  title: 'Tiny cloud',
  accessOptions: z.object({ file: z.string().meta({ description: 'Books', env: 'TINY_FILE' }) }),
  machineOptions: z.object({}),
  limits: { userDataBytes: 1000, batch: 1 },
  bootstrap: { gzip: false, metadataServices: [] },
  abilities: {
    restart: false, stop: true, login: KNOWS_LOGIN, consoleLog: false, master: false,
    firewall: { esp: 'cloud' }, idempotentCreate: false,
  },
  load: async () => open,
})
`

export interface TinyBooks {
  machines: { id: string; name: string; state: string; publicAddress?: string }[]
  logins: Record<string, object>
  /** States that machines were brought to, in order. */
  calls: string[]
}

export interface TinyProvider {
  /** Where its books are; belongs into the environment of commands. */
  readonly env: { readonly TINY_FILE: string }
  write(books: TinyBooks): Promise<void>
  read(): Promise<TinyBooks>
}

/**
 * Installs the plug-in for the user whose home this is, as an install would leave it. Without `login` it knows
 * no more of a way to its machines than their addresses.
 */
export async function installTiny(home: string, { login = true } = {}): Promise<TinyProvider> {
  const root = join(home, 'tiny')
  const plugins = join(home, '.kontena', 'plugins')
  await mkdir(root, { recursive: true })
  await mkdir(plugins, { recursive: true })
  const kontena = { provider: 'tiny', title: 'Tiny cloud', contract: 1, entry: './index.js' }
  const about = { name: 'kontena-tiny', version: '1.0.0', type: 'module', kontena }
  await writeFile(join(root, 'package.json'), JSON.stringify(about))
  await writeFile(join(root, 'index.js'), code.replace('KNOWS_LOGIN', String(login)))
  const record = {
    provider: 'tiny',
    title: 'Tiny cloud',
    package: 'kontena-tiny',
    version: '1.0.0',
  }
  await writeFile(join(plugins, 'tiny.json'), JSON.stringify({ ...record, root }))
  const file = join(home, 'tiny.books')
  return {
    env: { TINY_FILE: file },
    write: (books) => writeFile(file, JSON.stringify(books)),
    read: async () => JSON.parse(await readFile(file, 'utf8')),
  }
}
