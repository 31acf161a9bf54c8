import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { orderFiles } from './order-files.ts'
import { create, nothingLeft, terminate, traces, transcript } from './transcript.ts'

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab()
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

/** A node record as a machine of another provider or account makes it when it enrols. */
async function enrol(lab: Lab, name: string, machine: Record<string, string>): Promise<void> {
  const order = `01J${randomBytes(12).toString('hex').slice(0, 23).toUpperCase()}`
  const secret = randomBytes(32).toString('hex')
  await lab.master.createEnrolment(lab.grid, {
    order,
    secret,
    expires_in: 60,
    nodes: [{ name, labels: [`provider=${machine.provider}`] }],
  })
  const reply = await fetch(`${lab.masterUrl}/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      secret,
      name,
      nodeToken: randomBytes(32).toString('hex'),
      machine: { region: 'eu-west-1', id: 'i-0123456789abcdef0', order, ...machine },
    }),
  })
  if (reply.status !== 204) throw new Error(`enrolment answered ${reply.status}`)
}

/** Ends all machines as somebody at the console would. */
async function endMachines(lab: Lab): Promise<void> {
  const { EC2Client, TerminateInstancesCommand } = await import('@aws-sdk/client-ec2')
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    lab.environment
  const client = new EC2Client({
    endpoint: lab.sandbox.url,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
  })
  await client.send(
    new TerminateInstancesCommand({ InstanceIds: [...(await traces(lab)).machines] }),
  )
}

describe('node terminate refuses', { timeout: 60_000 }, () => {
  it.concurrent('names without a node, and nodes that others made', ({ expect }) =>
    withLab(async (lab) => {
      await lab.master.createNode(lab.grid, { name: 'byhand' })
      await enrol(lab, 'droplet', { provider: 'digitalocean', account: 'team' })
      await enrol(lab, 'theirs', { provider: 'aws', account: '999999999999' })
      const told = await transcript(lab, [
        terminate('nobody'),
        terminate('byhand'),
        terminate('droplet'),
        terminate('theirs'),
        ['aws', 'node', 'terminate', 'theirs'],
      ])
      expect(told).toMatchInlineSnapshot(`
        "$ kontena aws node terminate nobody --force
        exit 1
         [error] grid lab has no node named nobody
        hint: see them with: kontena aws node list --grid lab

        $ kontena aws node terminate byhand --force
        exit 2
         [error] byhand has no machine that a provider made
        hint: remove its record with: kontena node rm byhand

        $ kontena aws node terminate droplet --force
        exit 2
         [error] droplet was made by digitalocean, not by aws
        hint: use: kontena digitalocean node terminate droplet

        $ kontena aws node terminate theirs --force
        exit 3
         [error] theirs was made in account 999999999999, these credentials are for 123456789012
        hint: use the credentials of that account

        $ kontena aws node terminate theirs
        exit 3
         [error] theirs was made in account 999999999999, these credentials are for 123456789012
        hint: use the credentials of that account"
      `)
      const { calls, nodes, orders } = await traces(lab)
      expect({ calls, nodes: [...nodes].sort(), orders }).toEqual({
        calls: [],
        nodes: ['byhand', 'droplet', 'theirs'],
        orders: [],
      })
    }))

  it.concurrent('to go on when nobody can confirm', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      expect(await transcript(lab, [['aws', 'node', 'terminate', 'web']])).toMatchInlineSnapshot(`
        "$ kontena aws node terminate web
        exit 2
         [error] Command requires --force
        hint: without a terminal nobody can confirm that web is to go"
      `)
      expect((await traces(lab)).machines).toHaveLength(1)
    }))
})

describe('node terminate', { timeout: 60_000 }, () => {
  it.concurrent('never touches a node of that name in another grid', ({ expect }) =>
    withLab(async (lab) => {
      await lab.master.createGrid({ name: 'other' })
      await lab.kontena(create('web', '--grid', 'other'))
      const [machine] = (await traces(lab)).machines
      expect(await transcript(lab, [terminate('web')])).toMatchInlineSnapshot(`
        "$ kontena aws node terminate web --force
        exit 1
         [error] grid lab has no node named web
        hint: see them with: kontena aws node list --grid lab"
      `)
      await lab.kontena(create('web'))
      expect(await transcript(lab, [terminate('web')])).toContain('exit 0')
      expect((await traces(lab)).machines).toEqual([machine])
      expect((await lab.master.nodes('other')).map(({ name }) => name)).toEqual(['web'])
    }))

  it.concurrent('drops the record of a machine that is gone', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      await endMachines(lab)
      expect(await transcript(lab, [terminate('web')])).toContain('exit 0')
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))

  it.concurrent('takes a machine without a record away by its id', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      await lab.master.removeNode(lab.grid, 'web')
      const [id = ''] = (await traces(lab)).machines
      expect(await transcript(lab, [['aws', 'node', 'list']])).toMatchInlineSnapshot(`
        "$ kontena aws node list
        exit 0
         [warn] i-ID cost money but have no node record
        hint: kontena aws node terminate i-ID"
      `)
      expect(await transcript(lab, [terminate(id)])).toContain('exit 0')
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))

  it.concurrent('goes on where a killed one stopped', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      const child = lab.kontena(terminate('web'))
      child.stdout?.on('data', () => child.kill('SIGKILL'))
      await child
      expect(orderFiles(lab)).toHaveLength(1)
      await lab.kontena(terminate('web'))
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))

  it.concurrent('without a master takes the machine, and the record later', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      const config = readFileSync(lab.environment.KONTENA_CONFIG ?? '', 'utf8')
      const file = join(lab.folder, 'down.json')
      // The configuration has learned the master's id; this one's URL leads nowhere.
      writeFileSync(file, config.replaceAll(lab.masterUrl, 'http://127.0.0.1:5'), { mode: 0o600 })
      const env = { KONTENA_CONFIG: file }
      const told = await transcript(lab, [
        { words: terminate('web'), env },
        { words: [...terminate('web'), '--without-master'], env },
      ])
      expect(told).toMatchInlineSnapshot(`
        "$ KONTENA_CONFIG=FOLDER/down.json kontena aws node terminate web --force
        exit 1
         [error] the master at http://127.0.0.1:5 cannot be reached: ECONNREFUSED
        hint: is it running, and is this its URL?

        $ KONTENA_CONFIG=FOLDER/down.json kontena aws node terminate web --force --without-master
        exit 0
         [warn] the records of web are still at the master
        hint: the next kontena aws node command that reaches it drops them"
      `)
      expect(await traces(lab)).toMatchObject({ machines: [], nodes: ['web'] })
      await lab.kontena(['aws', 'node', 'list'])
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))

  it.concurrent('leaves a firewall that somebody else uses', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      const group = lab.sandbox.ec2.securityGroups().find(({ name }) => name.startsWith('kontena-'))
      await lab.master.createGrid({ name: 'other' })
      await lab.kontena(create('db', '--grid', 'other', '--security-groups', group?.id ?? ''))
      const told = await transcript(lab, [terminate('web')])
      expect(told).toContain('exit 0')
      expect(told).toContain('security group kontena-lab-MASTER (sg-ID) stays')
      const { machines, nodes, firewalls } = await traces(lab)
      expect({ machines: machines.length, nodes }).toEqual({ machines: 1, nodes: [] })
      expect(firewalls).toContain(group?.name)
    }))
})

describe('node restart', { timeout: 60_000 }, () => {
  it.concurrent('brings the node back, and refuses a name that is not there', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      const told = await transcript(lab, [
        ['aws', 'node', 'restart', 'web'],
        ['aws', 'node', 'restart', 'nobody'],
      ])
      expect(told).toMatchInlineSnapshot(`
        "$ kontena aws node restart web
        exit 0


        $ kontena aws node restart nobody
        exit 1
         [error] grid lab has no node named nobody
        hint: see them with: kontena aws node list --grid lab"
      `)
      expect(await lab.master.node(lab.grid, 'web')).toMatchObject({ status: 'online' })
    }))
})
