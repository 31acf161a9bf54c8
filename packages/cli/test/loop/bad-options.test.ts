import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { create, noTraces, traces, transcript } from './transcript.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab()
})
afterAll(async () => {
  expect(await traces(lab)).toEqual(noTraces)
  await lab.close()
})

describe('node create refuses', () => {
  it('counts that are none', async () => {
    const counts = ['0', '-1', '1.5', 'abc', '', '2001']
    const told = await transcript(
      lab,
      counts.map((count) => create('web', '--count', count)),
    )
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --count 0
      exit 2
       [error] --count 0: must be 1 or more
      hint: see: kontena aws node create --help

      $ kontena aws node create web --count -1
      exit 2
       [error] --count -1: must be 1 or more
      hint: see: kontena aws node create --help

      $ kontena aws node create web --count 1.5
      exit 2
       [error] --count 1.5: must be a whole number
      hint: see: kontena aws node create --help

      $ kontena aws node create web --count abc
      exit 2
       [error] --count abc: must be a whole number
      hint: see: kontena aws node create --help

      $ kontena aws node create web --count 
      exit 2
       [error] --count "": must be a whole number
      hint: see: kontena aws node create --help

      $ kontena aws node create web --count 2001
      exit 2
       [error] --count 2001: must be 2000 or less
      hint: see: kontena aws node create --help"
    `)
  })

  it('names that cannot be', async () => {
    const told = await transcript(lab, [
      create('Web_1'),
      create('web🚀'),
      create('a'.repeat(64)),
      create('a'.repeat(62), '--count', '2'),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create Web_1
      exit 2
       [error] NAME Web_1: must be 1 to 63 lower-case letters, digits and inner dashes
      hint: see: kontena aws node create --help

      $ kontena aws node create web🚀
      exit 2
       [error] NAME web🚀: must be 1 to 63 lower-case letters, digits and inner dashes
      hint: see: kontena aws node create --help

      $ kontena aws node create aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      exit 2
       [error] NAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: must be 1 to 63 lower-case letters, digits and inner dashes
      hint: see: kontena aws node create --help

      $ kontena aws node create aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --count 2
      exit 2
       [error] the name "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1" is longer than 63 characters
      hint: use lower-case letters, digits and inner dashes, 63 at most, as in web-1"
    `)
  })

  it('labels and tags that cannot be, or are ours', async () => {
    const told = await transcript(lab, [
      create('web', '--label', 'a=b\nc'),
      create('web', '--label', 'a=b,c'),
      create('web', '--label', ''),
      create('web', '--label', 'az=moon'),
      create('web', '--label', 'ephemeral=yes'),
      create('web', '--tag', 'team'),
      create('web', '--tag', 'kontena:grid=other'),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --label a=b
      c
      exit 2
       [error] --label a=b\\nc: must be key or key=value without blanks or commas
      hint: see: kontena aws node create --help

      $ kontena aws node create web --label a=b,c
      exit 2
       [error] --label a=b,c: must be key or key=value without blanks or commas
      hint: see: kontena aws node create --help

      $ kontena aws node create web --label 
      exit 2
       [error] --label "": must be key or key=value without blanks or commas
      hint: see: kontena aws node create --help

      $ kontena aws node create web --label az=moon
      exit 2
       [error] label az=moon is set by kontena itself
      hint: leave it out

      $ kontena aws node create web --label ephemeral=yes
      exit 2
       [error] label ephemeral=yes is set by kontena itself
      hint: use --ephemeral

      $ kontena aws node create web --tag team
      exit 2
       [error] --tag team: must be KEY=VALUE
      hint: see: kontena aws node create --help

      $ kontena aws node create web --tag kontena:grid=other
      exit 2
       [error] --tag kontena:grid=other: tags that begin with kontena: are ours
      hint: see: kontena aws node create --help"
    `)
  })

  it('flags that do not exist, and values that mean nothing', async () => {
    const told = await transcript(lab, [
      create('web', '--cuont', '2'),
      create('web', '--timeout', 'soon'),
      create('web', '--on-failure', 'panic'),
      create('web', '--open', '99999/tcp'),
      create('web', '--ssh-from', 'nowhere'),
      create('web', '--storage', '4'),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --cuont 2
      exit 2
      ERROR: Unrecognised option '--cuont'

      Did you mean --count? See: 'kontena aws node create --help'

      $ kontena aws node create web --timeout soon
      exit 2
       [error] --timeout soon is not a duration
      hint: write a whole number and its unit, as in 90s, 10m or 2h; 24 days at most

      $ kontena aws node create web --on-failure panic
      exit 2
       [error] --on-failure panic: must be one of rollback, keep
      hint: see: kontena aws node create --help

      $ kontena aws node create web --open 99999/tcp
      exit 2
       [error] --open 99999/tcp is not a port
      hint: write a port or a range with its protocol, as in --open 443/tcp or --open 8000-8010/udp

      $ kontena aws node create web --ssh-from nowhere
      exit 2
       [error] nowhere is not an address range
      hint: write a CIDR, as in 203.0.113.0/24

      $ kontena aws node create web --storage 4
      exit 2
       [error] --storage 4: must be 8 or more
      hint: see: kontena aws node create --help"
    `)
  })

  it('zones, networks and firewalls that are not there', async () => {
    const told = await transcript(lab, [
      create('web', '--zone', 'eu-west-1z'),
      create('web', '--vpc-id', 'vpc-0123456789abcdef0'),
      create('web', '--subnet-id', 'subnet-0123456789abcdef0'),
      create('web', '--subnet-id', 'subnet-0123'),
      create('web', '--security-groups', 'nobody'),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --zone eu-west-1z
      exit 1
       [error] zone eu-west-1z does not exist in eu-west-1
      hint: there is eu-west-1a, eu-west-1b, eu-west-1c

      $ kontena aws node create web --vpc-id vpc-0123456789abcdef0
      exit 1
       [error] VPC vpc-0123456789abcdef0 does not exist in this region
      hint: there is vpc-0d151007f89d88472, vpc-0b14cf3fdaf1489db

      $ kontena aws node create web --subnet-id subnet-0123456789abcdef0
      exit 1
       [error] subnet subnet-0123456789abcdef0 does not exist in this region
      hint: there is subnet-0cc36507afdc8d01f, subnet-0664437e02fc3eb6f, subnet-0e22e524cb4cd8d27, subnet-0fe7507387e73428a, subnet-0fccf899b28886e92

      $ kontena aws node create web --subnet-id subnet-0123
      exit 2
       [error] AWS refuses ec2:DescribeSubnets for subnet subnet-0123 (InvalidSubnetID.Malformed)
      hint: check the options that describe it

      $ kontena aws node create web --security-groups nobody
      exit 1
       [error] security group nobody does not exist in vpc-0d151007f89d88472
      hint: there is default"
    `)
  })

  it('types, images and keys that are not there, or not in that zone', async () => {
    const told = await transcript(lab, [
      create('web', '--type', 't3.smal'),
      create('web', '--type', 'm7i.large', '--zone', 'c'),
      create('web', '--image', 'ubuntu-25.04'),
      create('web', '--ami', 'ami-0123456789abcdef0'),
      create('web', '--key-pair', 'deploy'),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --type t3.smal
      exit 1
       [error] instance type t3.smal does not exist here
      hint: there is t3.small, t4g.small, t3.nano, t3.large, t3.micro and 13 more

      $ kontena aws node create web --type m7i.large --zone c
      exit 2
       [error] instance type m7i.large is not offered in eu-west-1c
      hint: it is in eu-west-1a, eu-west-1b; use another --zone, --subnet-id or --type

      $ kontena aws node create web --image ubuntu-25.04
      exit 2
       [error] --image ubuntu-25.04: must be one of ubuntu-24.04, ubuntu-22.04, debian-12, debian-13, flatcar
      hint: see: kontena aws node create --help

      $ kontena aws node create web --ami ami-0123456789abcdef0
      exit 1
       [error] image ami-0123456789abcdef0 does not exist for you in this region
      hint: image ids differ between regions; leave --ami out to get the newest --image

      $ kontena aws node create web --key-pair deploy
      exit 1
       [error] key pair deploy does not exist in this region
      hint: there is no key pair here"
    `)
  })
})

describe('files that node create is given', () => {
  it('must be there, readable, and what the flag says', async () => {
    const at = (name: string): string => join(lab.folder, name)
    mkdirSync(at('keys'))
    writeFileSync(at('notes.txt'), 'not a key\n')
    writeFileSync(at('id'), '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n')
    const told = await transcript(lab, [
      create('web', '--ssh-key', at('none.pub')),
      create('web', '--ssh-key', at('keys')),
      create('web', '--ssh-key', at('notes.txt')),
      create('web', '--ssh-key', at('id')),
      create('web', '--ssh-public-key', at('none.pub')),
      create('web', '--ssh-public-key', at('notes.txt')),
    ])
    expect(told).toMatchInlineSnapshot(`
      "$ kontena aws node create web --ssh-key FOLDER/none.pub
      exit 1
       [error] --ssh-key FOLDER/none.pub cannot be read: ENOENT
      hint: check the path, and that you may read it

      $ kontena aws node create web --ssh-key FOLDER/keys
      exit 1
       [error] --ssh-key FOLDER/keys cannot be read: EISDIR
      hint: check the path, and that you may read it

      $ kontena aws node create web --ssh-key FOLDER/notes.txt
      exit 2
       [error] --ssh-key FOLDER/notes.txt holds no OpenSSH public key
      hint: give the file that ends in .pub; its lines begin with ssh-ed25519, ssh-rsa or the like

      $ kontena aws node create web --ssh-key FOLDER/id
      exit 2
       [error] --ssh-key FOLDER/id is a private key
      hint: name the public one: --ssh-key FOLDER/id.pub

      $ kontena aws node create web --ssh-public-key FOLDER/none.pub
      exit 1
       [error] public key file FOLDER/none.pub cannot be read
      hint: check the path and that you may read it

      $ kontena aws node create web --ssh-public-key FOLDER/notes.txt
      exit 2
       [error] FOLDER/notes.txt is no RSA or ED25519 public key
      hint: EC2 takes no other kind; make one with ssh-keygen -t ed25519"
    `)
  })

  it('must fit into what a machine boots with', async () => {
    const file = join(lab.folder, 'many.pub')
    writeFileSync(file, Array.from({ length: 400 }, keyLine).join('\n'))
    const told = await transcript(lab, [create('web', '--ssh-key', file)])
    // Keys differ from run to run, and with them what gzip makes of them.
    expect(told.replace(/[\d,]+ bytes gzipped/, 'SIZE bytes gzipped')).toMatchInlineSnapshot(`
      "$ kontena aws node create web --ssh-key FOLDER/many.pub
      exit 1
       [error] what a machine boots with is SIZE bytes gzipped, and the provider takes 16,384
      hint: make fewer machines at a time, or shorten what is long (bytes: node names 3, SSH keys 32,399)"
    `)
  })
})

/** A key that gzip makes no smaller, as no two are alike. */
function keyLine(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const parts = [Buffer.from('ssh-ed25519'), raw].flatMap((part) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return [length, part]
  })
  return `ssh-ed25519 ${Buffer.concat(parts).toString('base64')}`
}
