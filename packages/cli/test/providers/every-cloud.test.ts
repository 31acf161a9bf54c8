import { describe, expect, it } from 'vitest'
import { openLab } from '../loop/lab.ts'

/** What says where machines go, so that a command can be left without it. */
const regions = {
  aws: 'AWS_REGION',
  azure: 'AZURE_LOCATION',
  digitalocean: 'DIGITALOCEAN_REGION',
  upcloud: 'UPCLOUD_ZONE',
}

describe('the whole loop', { timeout: 60_000 }, () => {
  it.concurrent.each(Object.entries(regions))('runs on %s', async (provider, region) => {
    const lab = await openLab({ agents: 'shared' })
    try {
      const made = await lab.kontena([provider, 'node', 'create', 'web', '--count', '2'])
      expect(made).toMatchObject({ exitCode: 0 })
      expect(made.stdout).toContain('2 nodes online in grid lab')

      // The records know where the machines are; nobody has to.
      const nowhere = { [region]: '' }
      const list = await lab.kontena([provider, 'node', 'list', '--json'], nowhere)
      expect(list).toMatchObject({ exitCode: 0, stderr: '' })
      expect(JSON.parse(list.stdout)).toMatchObject([
        { name: 'web-1', status: 'online', state: 'running' },
        { name: 'web-2', status: 'online', state: 'running' },
      ])

      const restarted = await lab.kontena([provider, 'node', 'restart', 'web-1'], nowhere)
      expect(restarted).toMatchObject({ exitCode: 0 })
      expect(await lab.master.node(lab.grid, 'web-1')).toMatchObject({ status: 'online' })

      const argv = [provider, 'node', 'terminate', 'web-1', 'web-2', '--force']
      expect(await lab.kontena(argv, nowhere)).toMatchObject({ exitCode: 0 })
      expect(await lab.master.nodes(lab.grid)).toEqual([])
      expect((await lab.kontena([provider, 'node', 'list', '-q'])).stdout).toBe('')
    } finally {
      await lab.close()
    }
  })

  it('finds machines where their records say, unless a region is typed', async () => {
    const lab = await openLab({ agents: 'shared' })
    const digitalocean = (...words: string[]) =>
      lab.kontena(['digitalocean', 'node', ...words], { DIGITALOCEAN_REGION: 'fra1' })
    try {
      const made = await digitalocean('create', 'far', '--region', 'ams3')
      expect(made).toMatchObject({ exitCode: 0 })
      expect(await digitalocean('create', 'near')).toMatchObject({ exitCode: 0 })

      expect((await digitalocean('list', '-q')).stdout.split('\n').sort()).toEqual(['far', 'near'])
      expect((await digitalocean('list', '-q', '--region', 'fra1')).stdout).toBe('near')
      const refused = await digitalocean('terminate', 'far', '--force', '--region', 'fra1')
      expect(refused.stderr).toContain('far was made in ams3, not in fra1')
      const ended = await digitalocean('terminate', 'far', 'near', '--force')
      expect(ended).toMatchObject({ exitCode: 0 })
      expect(await lab.master.nodes(lab.grid)).toEqual([])
    } finally {
      await lab.close()
    }
  })

  it.concurrent.each(Object.entries(regions))(
    'says on %s that no region is known, and how to give one',
    async (provider, region) => {
      const lab = await openLab({ agents: 'none' })
      try {
        for (const command of ['list', 'create']) {
          const { exitCode, stderr } = await lab.kontena([provider, 'node', command], {
            [region]: '',
          })
          expect(exitCode).toBe(2)
          expect(stderr).toMatch(/is set\nhint: .*--(region|location|zone)/)
          expect(stderr).toContain(region)
        }
      } finally {
        await lab.close()
      }
    },
  )
})
