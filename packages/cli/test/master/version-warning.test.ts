import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { version } from '../../src/version.ts'
import { runCli } from '../run-cli.ts'

/** A master of this version that knows no grids, or nothing at all. */
async function serve(masters: string | undefined, status = 200) {
  const server = createServer((_request, response) => {
    if (masters !== undefined) response.setHeader('x-kontena-version', masters)
    response.writeHead(status).end('{"grids":[]}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  return { KONTENA_URL: `http://127.0.0.1:${Object(server.address()).port}`, KONTENA_TOKEN: 't' }
}

const warning = (masters: string) =>
  `Warning: Server version is ${masters}. You are using CLI version ${version}.\n`
const [major, minor] = version.split('.')

describe('a master of another version', () => {
  it.each(['1.5.4', `${major}.9.0`, 'unknown'])(
    '%s is told of when the command is over',
    async (masters) => {
      const env = await serve(masters)
      const { code, stdout, stderr } = await runCli(['node', 'list', '--all', '-q'], { env })
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: warning(masters) })
    },
  )

  it('is told of once, behind all else, also where the command fails', async () => {
    const env = await serve('1.5.4', 404)
    const { code, stderr } = await runCli(['grid', 'show', 'prod'], { env })
    expect(code).toBe(1)
    expect(stderr.split('Warning: Server version').length).toBe(2)
  })

  it('is told of beside JSON, not in it', async () => {
    const { stdout, stderr } = await runCli(['grid', 'list', '--json'], {
      env: await serve('1.5.4'),
    })
    expect({ stdout, stderr }).toEqual({ stdout: '[]\n', stderr: warning('1.5.4') })
  })

  it('cannot drive the terminal', async () => {
    const env = await serve('1.5\u009b2J')
    const { stderr } = await runCli(['grid', 'list', '-q'], { env })
    expect(stderr).toContain('1.5\\x9b2J')
  })
})

describe('a master of this version', () => {
  it.each([version, `${major}.${minor}.99`, `${major}.${minor}.0-rc1`, undefined])(
    'is none to tell of: %s',
    async (masters) => {
      const { stderr } = await runCli(['grid', 'list', '-q'], { env: await serve(masters) })
      expect(stderr).toBe('')
    },
  )
})
