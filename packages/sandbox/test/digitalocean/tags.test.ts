import { expect, test } from 'vitest'
import { openSandbox, refusal, refusalText, small } from './open.ts'

test('a tag keeps its first spelling and counts what carries it', async () => {
  const { client } = await openSandbox()
  await client.tag.createTag({ name: 'Grid:prod' })
  const { data } = await client.tag.createTag({ name: 'grid:PROD' })
  expect(data.tag).toMatchObject({ name: 'Grid:prod', resources: { droplets: { count: 0 } } })
  const wish = { ...small, name: 'web-1', tags: ['grid:prod'] }
  const { id } = (await client.droplet.createDroplet(wish)).data.droplet
  const shown = await client.tag.getTag({ tag_name: 'grid:prod' })
  expect(shown.data.tag).toMatchObject({
    name: 'Grid:prod',
    resources: {
      count: 1,
      droplets: { count: 1, last_tagged_uri: expect.stringContaining(`/v2/droplets/${id}`) },
    },
  })
  expect((await client.tag.listTags({})).data.tags).toHaveLength(1)
})

test.each(['my tag', 'a.b', 'здорово', 'a'.repeat(256)])(
  '%s is no name for a tag, and the error document is of its own kind',
  async (name) => {
    const { call } = await openSandbox()
    expect(await call('POST', 'tags', { name })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('invalid characters'), messages: null },
    })
  },
)

test('a tag is put on a droplet and taken off again', async () => {
  const { client, sandbox } = await openSandbox()
  await client.tag.createTag({ name: 'web' })
  const { id } = (await client.droplet.createDroplet({ ...small, name: 'web-1' })).data.droplet
  const resources = [{ resource_id: String(id), resource_type: 'droplet' as const }]
  await client.tag.tagResources({ tag_name: 'WEB', resources })
  expect(sandbox.digitalocean.droplets()[0]?.tags).toEqual(['web'])
  await client.tag.untagResources({ tag_name: 'web', resources })
  expect(sandbox.digitalocean.droplets()[0]?.tags).toEqual([])
  const unknown = [{ resource_id: '1', resource_type: 'droplet' as const }]
  expect(
    await refusalText(client.tag.tagResources({ tag_name: 'web', resources: unknown })),
  ).toContain('not be found')
})

test('a tag that is deleted is on nothing any more', async () => {
  const { client, sandbox } = await openSandbox()
  await client.droplet.createDroplet({ ...small, name: 'web-1', tags: ['web'] })
  await client.tag.deleteTag({ tag_name: 'Web' })
  expect(sandbox.digitalocean.droplets()[0]?.tags).toEqual([])
  expect(sandbox.digitalocean.tags()).toEqual([])
  expect(await refusal(client.tag.deleteTag({ tag_name: 'web' }))).toMatchObject({ status: 404 })
})
