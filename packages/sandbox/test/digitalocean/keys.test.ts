import { expect, test } from 'vitest'
import { openSandbox, publicKey, refusal, refusalText } from './open.ts'

const fingerprint = 'ef:6c:47:9b:bc:98:e9:73:14:22:d7:23:e1:63:9b:86'

test('a key is found by number and by the MD5 of its material', async () => {
  const { client, call } = await openSandbox()
  const { data } = await client.sshKey.createSshKey({ name: 'me', public_key: publicKey })
  expect(data.ssh_key).toEqual({
    id: expect.any(Number),
    fingerprint,
    public_key: publicKey,
    name: 'me',
  })
  const byNumber = await client.sshKey.getSshKey({ ssh_key_id: data.ssh_key.id })
  expect((await call('GET', `account/keys/${fingerprint}`)).body).toEqual(byNumber.data)
})

test('the same key under another name is refused', async () => {
  const { client } = await openSandbox()
  await client.sshKey.createSshKey({ name: 'me', public_key: publicKey })
  const again = publicKey.replace('me@example.com', 'other comment')
  expect(
    await refusal(client.sshKey.createSshKey({ name: 'you', public_key: again })),
  ).toMatchObject({ status: 422, message: 'SSH Key is already in use on your account' })
})

test.each([
  ['text that is no key', 'hello'],
  ['a key whose material is of another kind', publicKey.replace('ssh-ed25519', 'ssh-rsa')],
  ['a key without material', 'ssh-ed25519 '],
])('%s is refused', async (_, public_key) => {
  const { client } = await openSandbox()
  expect(await refusalText(client.sshKey.createSshKey({ name: 'me', public_key }))).toBe(
    'Key invalid',
  )
})

test('a key is renamed and deleted', async () => {
  const { client, sandbox, call } = await openSandbox()
  const { data } = await client.sshKey.createSshKey({ name: 'me', public_key: publicKey })
  const ssh_key_id = data.ssh_key.id
  await client.sshKey.updateSshKey({ ssh_key_id, name: 'you' })
  expect(sandbox.digitalocean.keys()).toMatchObject([{ name: 'you', fingerprint }])
  expect((await call('DELETE', `account/keys/${fingerprint}`)).status).toBe(204)
  expect(sandbox.digitalocean.keys()).toEqual([])
  expect(await refusal(client.sshKey.destroySshKey({ ssh_key_id }))).toMatchObject({ status: 404 })
})

test('keys are listed ten times a minute, and no more', async () => {
  const { client, call } = await openSandbox()
  await client.sshKey.createSshKey({ name: 'me', public_key: publicKey })
  for (let call = 0; call < 10; call += 1) {
    expect((await client.sshKey.listSshKeys({})).data.ssh_keys).toHaveLength(1)
  }
  const refused = await refusal(client.sshKey.listSshKeys({}))
  expect(refused).toMatchObject({ status: 429, id: 'too_many_requests' })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await call('GET', `account/keys/${fingerprint}`)).status).toBe(200)
})
