import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerUsualAccount } from './account-answers.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { makeFolder } from './folder.ts'
import { call, newOwner, openSession, orderOf, policy } from './orders.ts'
import { ed25519, otherEd25519 } from './public-keys.ts'

const owner = newOwner()
const tagSet = [
  { key: 'kontena:master', value: owner.master },
  { key: 'kontena:grid', value: owner.grid },
]
let ec2: Ec2Stub
let file: string

beforeEach(async () => {
  ec2 = await startEc2Stub()
  answerUsualAccount(ec2)
  ec2.answer('CreateSecurityGroup', { body: { groupId: 'sg-0aaa' } })
  ec2.answer('AuthorizeSecurityGroupIngress', { body: { return: true } })
  ec2.answer('ImportKeyPair', { body: { keyName: 'kontena' } })
  ec2.answer('DescribeKeyPairs', { error: 'InvalidKeyPair.NotFound' })
  file = join(await makeFolder(), 'id.pub')
  await writeFile(file, `${ed25519} someone@home\n`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

async function prepare(machine: Record<string, unknown>) {
  const session = await openSession({ machine })
  return (await session.prepare(orderOf(owner), call)).shared
}

describe('a public key', () => {
  test('is imported with the tags of the grid, without its comment', async () => {
    const shared = await prepare({ sshPublicKey: file })
    const [sent] = ec2.sent('ImportKeyPair')
    expect(shared.keyPair).toBe(sent?.KeyName)
    expect(sent?.KeyName).toMatch(/^kontena-[0-9a-f]{8}$/)
    expect(Buffer.from(sent?.PublicKeyMaterial ?? '', 'base64').toString()).toBe(ed25519)
    expect(sent).toMatchObject({
      'TagSpecification.1.ResourceType': 'key-pair',
      'TagSpecification.1.Tag.1.Value': owner.master,
    })
  })

  test('that is there already is used', async () => {
    ec2.answer('DescribeKeyPairs', {
      body: { keySet: [{ keyName: 'kontena', publicKey: `${ed25519} other comment\n` }] },
    })
    await prepare({ sshPublicKey: file })
    expect(ec2.sent('ImportKeyPair')).toEqual([])
  })

  test('that another command just imported is used', async () => {
    ec2.answer(
      'DescribeKeyPairs',
      { error: 'InvalidKeyPair.NotFound' },
      { body: { keySet: [{ keyName: 'kontena', publicKey: ed25519 }] } },
    )
    ec2.answer('ImportKeyPair', { error: 'InvalidKeyPair.Duplicate' })
    expect((await prepare({ sshPublicKey: file })).keyPair).toMatch(/^kontena-/)
  })

  test('under whose name there is another key is refused', async () => {
    ec2.answer('DescribeKeyPairs', { body: { keySet: [{ publicKey: otherEd25519 }] } })
    await expect(prepare({ sshPublicKey: file })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringMatching(/^key pair kontena-[0-9a-f]{8} holds another key$/),
    })
  })

  test('is tried as a dry run first, and told as a call to come', async () => {
    const dryRun = { error: 'DryRunOperation', status: 412 }
    for (const action of ['CreateSecurityGroup', 'ImportKeyPair', 'RunInstances']) {
      ec2.answer(action, dryRun)
    }
    const session = await openSession({ machine: { sshPublicKey: file } })
    const { sharedCalls, facts } = await session.preflight(
      { owner, count: 1, policy, sshKeys: [], tags: {} },
      call,
    )
    expect(sharedCalls).toContain('ImportKeyPair')
    expect(facts['key pair']).toMatch(/^kontena-/)
    expect(ec2.sent('ImportKeyPair')[0]).toMatchObject({ DryRun: 'true' })
    // EC2 does not have it yet, and would refuse a launch that names it.
    expect(ec2.sent('RunInstances')[0]).not.toHaveProperty('KeyName')
  })

  test('whose file is not there is a local failure', async () => {
    await expect(prepare({ sshPublicKey: '/nowhere/id.pub' })).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: 'public key file /nowhere/id.pub cannot be read',
    })
    expect(ec2.sent('ImportKeyPair')).toEqual([])
  })
})

describe('a named key pair', () => {
  test('is used as it is', async () => {
    ec2.answer('DescribeKeyPairs', { body: { keySet: [{ keyName: 'deploy' }] } })
    expect(await prepare({ keyPair: 'deploy' })).toMatchObject({ keyPair: 'deploy' })
  })

  test('that does not exist is refused with those that do', async () => {
    ec2.answer(
      'DescribeKeyPairs',
      { error: 'InvalidKeyPair.NotFound' },
      { body: { keySet: [{ keyName: 'deploy' }, { keyName: 'laptop' }] } },
    )
    await expect(prepare({ keyPair: 'deplyo' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'there is deploy, laptop',
    })
  })

  test('excludes a public key', async () => {
    const both = prepare({ keyPair: 'deploy', sshPublicKey: file })
    await expect(both).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
  })
})

test('only key pairs with the tags of the grid are removed', async () => {
  ec2.answer('DescribeKeyPairs', {
    body: { keySet: [{ keyName: 'kontena-1', tagSet }, { keyName: 'deploy' }] },
  })
  ec2.answer('DeleteKeyPair', { body: { return: true } })
  const session = await openSession()
  await session.removeShared(owner, call)
  expect(ec2.sent('DeleteKeyPair').map(({ KeyName }) => KeyName)).toEqual(['kontena-1'])
})
