import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { makeFolder } from '../../folder.ts'

/** A `/sys` whose firmware says this. */
export function makeSys(dmi: Record<string, string>): string {
  const sys = makeFolder()
  const folder = join(sys, 'class/dmi/id')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(dmi)) writeFileSync(join(folder, name), `${text}\n`)
  return sys
}

export const firmware = {
  aws: { sys_vendor: 'Amazon EC2' },
  azure: {
    sys_vendor: 'Microsoft Corporation',
    chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77',
  },
  digitalocean: { sys_vendor: 'DigitalOcean' },
  upcloud: { sys_vendor: 'UpCloud' },
}

export interface Asked {
  readonly line: string
  readonly headers: IncomingHttpHeaders
}

/** An answer to `METHOD path`: a text, a status, or nothing ever. */
export type Answer = string | number | 'never'

/** A metadata service that answers these lines, with 404 for all others. */
export async function startMetadata(answers: Record<string, Answer>) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`
    asked.push({ line, headers: request.headers })
    const answer = answers[line] ?? 404
    if (answer === 'never') return
    if (typeof answer === 'number') response.writeHead(answer, { location: '/elsewhere' }).end()
    else response.end(answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    asked,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
