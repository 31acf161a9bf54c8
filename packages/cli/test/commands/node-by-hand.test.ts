import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openTestMaster, type TestMaster } from '../test-master.ts'

const token = "it's a $TOKEN of mine"
const publicUrl = 'https://master.example.com'
let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster({ publicUrl })
  await lab.client.createGrid({ name: 'prod' })
  await lab.client.createNode('prod', { name: 'web-1', token })
})
afterAll(() => lab.close())
beforeEach(() => lab.writeConfig({ grid: 'prod' }))

describe('node script', () => {
  it('prints a script, and nothing else, that a shell can read', async () => {
    const { code, stdout, stderr } = await lab.run(['node', 'script', 'web-1'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^#!\/bin\/sh\n# Makes the host on which root runs it the Kontena node web-1\.\n/,
    )
    execFileSync('/bin/sh', ['-n'], { input: stdout })
  })

  it('holds the token of the node in no word that a shell could take apart', async () => {
    const { stdout } = await lab.run(['node', 'script', 'web-1', '--peer-interface', 'eth1'])
    expect(stdout).not.toContain(token)
    const environment = /kontena-agent\.env base64 -d << 'END_OF_FILE'\n([^_]+)END/.exec(
      stdout,
    )?.[1]
    expect(Buffer.from(environment ?? '', 'base64').toString()).toContain(
      `KONTENA_NODE_TOKEN=${token}\nKONTENA_PEER_INTERFACE=eth1\n`,
    )
  })

  it('is one value with --json', async () => {
    const { stdout } = await lab.run(['node', 'script', 'web-1', '--json'])
    expect(JSON.parse(stdout)).toEqual({ script: expect.stringMatching(/^#!\/bin\/sh\n/) })
  })
})

describe('node compose', () => {
  it('prints a compose file for the node and its master', async () => {
    const { code, stdout, stderr } = await lab.run(['node', 'compose', 'web-1'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { agent_bundle: bundle } = await lab.client.info()
    expect(stdout).toMatch(/^# Runs the agent of the Kontena node web-1 by Docker Compose/)
    expect(stdout).toContain('KONTENA_URI: "wss://master.example.com"\n')
    expect(stdout).toContain(`KONTENA_AGENT_SHA256: "${bundle}"\n`)
    // Docker Compose makes one dollar sign of two.
    expect(stdout).toContain(`KONTENA_NODE_TOKEN: "${token.replace('$', '$$$$')}"\n`)
  })

  it('runs the image that is asked for, and is one value with --json', async () => {
    const { stdout } = await lab.run([
      ...['node', 'compose', 'web-1', '--json'],
      ...['--agent-image', 'team/agent:2.0'],
    ])
    const { compose: text } = z.object({ compose: z.string() }).parse(JSON.parse(stdout))
    expect(text).toContain('image: "team/agent:2.0"\n')
  })
})

it.each([
  ['node', 'script', 'web-1'],
  ['node', 'compose', 'web-1'],
  ['grid', 'cloud-config', 'prod'],
])('%s %s warns of a master that only this computer reaches', async (...words) => {
  const near = await openTestMaster()
  await near.client.createGrid({ name: 'prod' })
  await near.client.createNode('prod', { name: 'web-1' })
  await near.writeConfig({ grid: 'prod' })
  const { code, stdout, stderr } = await near.run(words)
  await near.close()
  expect(code).toBe(0)
  expect(stdout).toMatch(/^#/)
  expect(stderr).toContain(`this works on this computer only: ${near.master.url}`)
  expect(stderr).toContain('--public-url')
})

describe.each(['script', 'compose'])('node %s', (document) => {
  it.each([
    [['web-9'], 1, 'grid prod has no node web-9'],
    [['web-1', '--agent-image', 'a', '--agent-runtime', 'b'], 2, 'exclude each other'],
    [['web-1', '--agent-image', 'a b'], 2, 'is not a docker image'],
    [['web-1', '--peer-interface', 'a b'], 2, 'is not an interface'],
    [[], 2, 'NAME'],
  ])('says what is wrong with %j', async (words, code, why) => {
    const done = await lab.run(['node', document, ...words])
    expect(done).toMatchObject({ code, stdout: '' })
    expect(done.stderr).toContain(why)
  })
})
