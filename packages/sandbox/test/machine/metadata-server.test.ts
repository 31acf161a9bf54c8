import { DescribeImagesCommand } from '@aws-sdk/client-ec2'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bootMachine } from '../../src/index.ts'
import { openMetadataServer } from '../../src/machine/metadata-server.ts'
import { openSandbox, run } from '../ec2/open.ts'

/** A document that asks as `ask-id` does, and is done. */
function documentOf(script: string): string {
  const files = [
    ['ask-id', script],
    ['enrol', 'true'],
    ['fetch-agent', 'true'],
  ].map(([name, line]) => ({
    path: `/opt/kontena/${name}`,
    mode: 0o755,
    contents: { source: `data:,${encodeURIComponent(`#!/bin/sh\nset -eu\n${line}\n`)}` },
  }))
  return JSON.stringify({ ignition: { version: '3.3.0' }, storage: { files } })
}

test('a metadata service is asked over HTTP, as machines ask', async () => {
  const server = await openMetadataServer(({ method, target, headers }) => ({
    status: 201,
    headers: { 'x-seen': String(headers['x-token']) },
    body: `${method} ${target}`,
  }))
  onTestFinished(server.close)
  const headers = { 'X-Token': 'secret' }
  const answer = await fetch(`${server.origin}/latest?a=b`, { method: 'PUT', headers })
  expect(answer.status).toBe(201)
  expect(answer.headers.get('x-seen')).toBe('secret')
  expect(await answer.text()).toBe('PUT /latest?a=b')
})

test('a machine asks its own before anything else, where user data leave that to it', async () => {
  const { ec2, sandbox } = await openSandbox()
  const { Images = [] } = await ec2.send(
    new DescribeImagesCommand({
      Owners: ['075585003325'],
      Filters: [{ Name: 'architecture', Values: ['x86_64'] }],
    }),
  )
  const script = `
    ask() { curl -sf -H "$2" -X "$1" "$KONTENA_METADATA/latest/$3"; }
    token=$(ask PUT 'X-aws-ec2-metadata-token-ttl-seconds: 60' api/token)
    echo "this is $(ask GET "X-aws-ec2-metadata-token: $token" meta-data/instance-id)"`
  const UserData = Buffer.from(documentOf(script)).toString('base64')
  const { ids } = await run(ec2, { ImageId: Images[0]?.ImageId, UserData })
  await vi.waitFor(
    () => expect(sandbox.ec2.instances()[0]?.console).toContain(`this is ${ids[0]}\n`),
    { timeout: 10_000, interval: 20 },
  )
})

test('a machine that has none to ask says so', async () => {
  const instance = { v1: {}, metaData: {}, reads: 'ignition' } as const
  const userData = Buffer.from(documentOf('true'))
  const machine = await bootMachine({ id: 'one', userData, instance })
  onTestFinished(() => machine.close())
  await vi.waitFor(() => expect(machine.console()).toContain('has no metadata service'), {
    timeout: 10_000,
    interval: 20,
  })
})
