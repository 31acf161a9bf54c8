import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { clientConfig } from './master-lab.ts'
import { create, noTraces, traces, transcript } from './transcript.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab()
})
afterAll(async () => {
  expect(await traces(lab)).toEqual(noTraces)
  await lab.close()
})

/** A configuration of its own, made of the lab's. */
function configured(name: string, changes: Record<string, unknown>): Record<string, string> {
  const { servers } = JSON.parse(readFileSync(lab.environment.KONTENA_CONFIG ?? '', 'utf8'))
  const [server] = JSON.parse(clientConfig(servers[0].url, servers[0].token, lab.grid)).servers
  const file = join(lab.folder, `${name}.json`)
  const config = { current_server: 'lab', servers: [{ ...server, ...changes }] }
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return { KONTENA_CONFIG: file }
}

describe('node create without a good master', () => {
  it('says which login, master or grid is missing', async () => {
    const told = await transcript(lab, [
      { words: create('web'), env: { KONTENA_CONFIG: join(lab.folder, 'none.json') } },
      { words: create('web'), env: configured('expired', { token_expires_at: 1 }) },
      { words: create('web'), env: configured('revoked', { token: 'no-such-token' }) },
      { words: create('web'), env: configured('gridless', { grid: null }) },
      create('web', '--grid', 'nowhere'),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ KONTENA_CONFIG=FOLDER/none.json kontena aws node create web
      exit 3
       [error] You are not logged into a Kontena Master
      hint: kontena master login URL --code CODE, or start one with: kontena master start --login

      $ KONTENA_CONFIG=FOLDER/expired.json kontena aws node create web
      exit 3
       [error] Your login has expired at the master lab
      hint: kontena master login MASTER --code CODE

      $ KONTENA_CONFIG=FOLDER/revoked.json kontena aws node create web
      exit 3
       [error] the master does not accept this login, which may have expired or been revoked
      hint: log in again: kontena master login URL --code CODE

      $ KONTENA_CONFIG=FOLDER/gridless.json kontena aws node create web
      exit 2
       [error] You have not selected a grid
      hint: name one with --grid GRID, or select it with: kontena grid use GRID

      $ kontena aws node create web --grid nowhere
      exit 1
       [error] master lab has no grid nowhere
      hint: its grids: lab"
    `)
  })

  it('says that the master is down', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const url = urlOf(probe)
    probe.close()
    const told = await transcript(lab, [{ words: create('web'), env: configured('down', { url }) }])
    expect(told.replaceAll(url, 'DOWN')).toMatchInlineSnapshot(`
      "$ KONTENA_CONFIG=FOLDER/down.json kontena aws node create web
      exit 1
       [error] the master at DOWN cannot be reached: ECONNREFUSED
      hint: is it running, and is this its URL?"
    `)
  })

  it('refuses a master of Kontena 1.5 in one sentence', async () => {
    const old = createServer((_request, reply) => {
      reply.setHeader('content-type', 'application/json')
      reply.end('{"name":"Kontena Master","tagline":"Build, deploy and run","version":"1.5.4"}')
    }).listen(0, '127.0.0.1')
    await once(old, 'listening')
    const env = configured('old', { url: urlOf(old) })
    expect(await transcript(lab, [{ words: create('web'), env }])).toMatchInlineSnapshot(`
      "$ KONTENA_CONFIG=FOLDER/old.json kontena aws node create web
      exit 1
       [error] the master lab (version 1.5.4) cannot enrol machines
      hint: use a Kontena master of version 2, as \`kontena master start\` runs it"
    `)
    old.close()
  })

  it('refuses a master on loopback for machines that are not on this computer', async () => {
    // The same sandbox by an address that is not known to be this computer's.
    const env = { AWS_ENDPOINT_URL_EC2: lab.sandbox.url.replace('127.0.0.1', '0.0.0.0') }
    expect(
      (await transcript(lab, [{ words: create('web'), env }])).split('\n').slice(1).join('\n'),
    ).toMatchInlineSnapshot(`
        "exit 1
         [error] machines in eu-west-1 cannot reach the master at MASTER, an address of this computer
        hint: run the master on a public host, or tell it its address with: kontena master start --public-url URL"
      `)
  })
})

function urlOf(server: ReturnType<typeof createServer>): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return `http://127.0.0.1:${address.port}`
}
