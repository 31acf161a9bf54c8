import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { cloudViews } from './cloud-view.ts'
import { type Lab, openLab } from './lab.ts'
import { publicKey } from './public-key.ts'

const clouds = [cloudViews.aws, cloudViews.azure]

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab({ agents: 'shared' })
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

describe('nodes on Flatcar', { timeout: 60_000 }, () => {
  it.concurrent.for(clouds)(
    'come online on $provider, and are taken away by the ids that they asked for',
    (cloud, { expect }) =>
      withLab(async (lab) => {
        const key = join(lab.folder, 'key.pub')
        writeFileSync(key, publicKey)
        const create = [cloud.provider, 'node', 'create', 'web', '--count', '2']
        const made = await lab.kontena([...create, '--image', 'flatcar', '--ssh-key', key])
        expect(made).toMatchObject({ exitCode: 0 })
        for (const node of await lab.master.nodes(lab.grid)) {
          expect(node).toMatchObject({ status: 'online', ssh_user: 'core' })
        }
        const taken = [cloud.provider, 'node', 'terminate', 'web-1', 'web-2', '--force']
        expect(await lab.kontena(taken)).toMatchObject({ exitCode: 0, stderr: '' })
        expect([...cloud.machines(lab.sandbox), ...cloud.loose(lab.sandbox)]).toEqual([])
        expect(await lab.master.nodes(lab.grid)).toEqual([])
      }),
  )

  it.concurrent.for(clouds)(
    'are planned with a call for each machine on $provider',
    (cloud, { expect }) =>
      withLab(async (lab) => {
        const create = [cloud.provider, 'node', 'create', 'web', '--count', '2', '--zone']
        const zone = cloud.provider === 'aws' ? 'a' : '1'
        const plan = await lab.kontena([...create, zone, '--image', 'flatcar', '--dry-run'])
        expect(plan).toMatchObject({ exitCode: 0 })
        const calls = plan.stdout.match(/(?:RunInstances|deployments\.createOrUpdate) in .*/g)
        expect(calls?.map((line) => line.replace(/.*: /, ''))).toEqual(['web-1', 'web-2'])
      }),
  )

  it.concurrent.for(clouds)(
    'take no cloud-config on $provider, which is told before anything is made',
    (cloud, { expect }) =>
      withLab(async (lab) => {
        const config = join(lab.folder, 'more.yaml')
        writeFileSync(config, '#cloud-config\npackages: [htop]\n')
        const create = [cloud.provider, 'node', 'create', 'web', '--image', 'flatcar']
        const refused = await lab.kontena([...create, '--cloud-config', config])
        expect(refused.exitCode).toBe(2)
        expect(refused.stderr).toContain('--cloud-config is for images that have cloud-init')
        expect(cloud.machines(lab.sandbox)).toEqual([])
      }),
  )
})
