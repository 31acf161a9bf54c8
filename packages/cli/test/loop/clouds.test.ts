import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { type CloudView, cloudViews } from './cloud-view.ts'
import { type Lab, openLab } from './lab.ts'
import { orderFiles } from './order-files.ts'
import { publicKey } from './public-key.ts'

const clouds = Object.values(cloudViews)

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab({ agents: 'shared' })
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

/** All that costs money or stands about, at the cloud, at the master and here. */
async function everything(lab: Lab, cloud: CloudView): Promise<readonly string[]> {
  return [
    ...cloud.machines(lab.sandbox),
    ...cloud.loose(lab.sandbox),
    ...cloud.shared(lab.sandbox),
    ...(await lab.master.nodes(lab.grid)).map(({ name }) => name),
    ...orderFiles(lab),
  ]
}

describe('a grid', { timeout: 60_000 }, () => {
  it.concurrent.for(clouds)(
    'on $provider takes all flags, and leaves nothing when it goes',
    (cloud, { expect }) =>
      withLab(async (lab) => {
        const key = join(lab.folder, 'key.pub')
        const config = join(lab.folder, 'more.yaml')
        writeFileSync(key, publicKey)
        writeFileSync(config, '#cloud-config\nruncmd:\n  - [touch, /etc/mine]\n')
        const made = await lab.kontena([
          ...[cloud.provider, 'node', 'create', 'web', '--count', '3'],
          ...['--label', 'tier=front', '--tag', 'team=blue', '--open', '80/tcp'],
          ...['--ssh-key', key, '--cloud-config', config],
        ])
        expect(made).toMatchObject({ exitCode: 0 })
        for (const node of await lab.master.nodes(lab.grid)) {
          expect(node).toMatchObject({ status: 'online' })
          expect(node.labels).toEqual(
            expect.arrayContaining([`provider=${cloud.provider}`, 'tier=front']),
          )
        }
        const all = [cloud.provider, 'node', 'terminate', 'web-1', 'web-2', 'web-3', '--force']
        expect(await lab.kontena(all)).toMatchObject({ exitCode: 0, stderr: '' })
        expect(await everything(lab, cloud)).toEqual([])
      }),
  )

  it.concurrent.for(clouds)(
    'on $provider shows what is left of it, as soon as one node was terminated',
    (cloud, { expect }) =>
      withLab(async (lab) => {
        await lab.kontena([cloud.provider, 'node', 'create', 'web', '--count', '2'])
        await lab.kontena([cloud.provider, 'node', 'terminate', 'web-1', '--force'])
        const list = await lab.kontena([cloud.provider, 'node', 'list', '-q'])
        expect(list).toMatchObject({ exitCode: 0, stdout: 'web-2', stderr: '' })
      }),
  )

  it.concurrent.for(clouds)(
    'on $provider goes when two terminate it at the same time',
    (cloud, { expect }) =>
      withLab(async (lab) => {
        await lab.kontena([cloud.provider, 'node', 'create', 'web'])
        const terminate = [cloud.provider, 'node', 'terminate', 'web', '--force']
        const both = await Promise.all([lab.kontena(terminate), lab.kontena(terminate)])
        expect(both.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual([
          { exitCode: 0, stderr: '' },
          { exitCode: 0, stderr: '' },
        ])
        expect(await everything(lab, cloud)).toEqual([])
      }),
  )
})
