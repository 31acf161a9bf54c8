import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { DigitaloceanCall, DigitaloceanRoute, Key } from '../account.ts'
import { notFound, unprocessable } from '../refusals.ts'
import { page } from '../wire/paging.ts'
import { findKey } from './find.ts'

const input = z.object({ name: z.string().min(1), public_key: z.string() })
const rename = z.object({ name: z.string().min(1) })

export const keyRoutes: readonly DigitaloceanRoute[] = [
  {
    method: 'GET',
    path: 'account/keys',
    action: 'keys.list',
    answer(call) {
      call.world.countKeyListing()
      return page(call, 'ssh_keys', [...call.world.keys.values()].map(view))
    },
  },
  { method: 'POST', path: 'account/keys', action: 'keys.create', answer: create },
  {
    method: 'GET',
    path: 'account/keys/:key',
    action: 'keys.get',
    answer: (call) => ({ status: 200, body: { ssh_key: view(namedKey(call)) } }),
  },
  {
    method: 'PUT',
    path: 'account/keys/:key',
    action: 'keys.update',
    answer(call) {
      const key = namedKey(call)
      const parsed = rename.safeParse(call.body)
      if (!parsed.success) throw unprocessable("Name can't be blank")
      key.name = parsed.data.name
      return { status: 200, body: { ssh_key: view(key) } }
    },
  },
  {
    method: 'DELETE',
    path: 'account/keys/:key',
    action: 'keys.delete',
    answer(call) {
      call.world.keys.delete(namedKey(call).id)
      return { status: 204 }
    },
  },
]

/** Keys are told apart by their material: a name may be there many times, a key once. */
function create({ body, world }: DigitaloceanCall) {
  const parsed = input.safeParse(body)
  if (!parsed.success) throw unprocessable("Name can't be blank")
  const { name, public_key: publicKey } = parsed.data
  const fingerprint = fingerprintOf(publicKey)
  if (findKey(world, fingerprint) !== undefined) {
    throw unprocessable('SSH Key is already in use on your account')
  }
  const key: Key = { id: world.newId(), fingerprint, publicKey, name }
  world.keys.set(key.id, key)
  return { status: 201, body: { ssh_key: view(key) } }
}

/** Throws Refusal for what is no OpenSSH public key. */
function fingerprintOf(publicKey: string): string {
  const [word = '', encoded = ''] = publicKey.trim().split(/\s+/)
  const blob = Buffer.from(encoded, 'base64')
  const length = blob.length > 4 ? blob.readUInt32BE(0) : 0
  const isKey = /^(ssh|ecdsa|sk)-/.test(word) && blob.subarray(4, 4 + length).toString() === word
  if (!isKey) throw unprocessable('Key invalid')
  const digest = createHash('md5').update(blob).digest('hex')
  return (digest.match(/../g) ?? []).join(':')
}

function namedKey({ parameters: { key = '' }, world }: DigitaloceanCall): Key {
  const found = findKey(world, key)
  if (found === undefined) throw notFound()
  return found
}

function view({ id, fingerprint, publicKey, name }: Key) {
  return { id, fingerprint, public_key: publicKey, name }
}
