import { expect, test } from 'vitest'
import { openSandbox } from './open.ts'

test('sizes have prices and regions, and regions have sizes', async () => {
  const { client } = await openSandbox()
  const { sizes } = (await client.size.listSizes({ per_page: 200 })).data
  expect(sizes.length).toBeGreaterThan(12)
  const small = sizes.find(({ slug }) => slug === 's-1vcpu-1gb')
  expect(small).toMatchObject({
    memory: 1024,
    price_monthly: 6,
    price_hourly: 0.00893,
    available: true,
  })
  expect(sizes.find(({ slug }) => slug === '1gb')).toMatchObject({ available: false, regions: [] })
  const { regions } = (await client.region.listRegions({ per_page: 200 })).data
  for (const { slug, sizes: there } of regions) {
    const here = sizes.filter((size) => size.regions.includes(slug)).map((size) => size.slug)
    expect(there).toEqual(here)
  }
})

test('images are found by slug and by number', async () => {
  const { client, call } = await openSandbox()
  const { images } = (await client.image.listImages({ per_page: 200 })).data
  const slugs = images.map(({ slug }) => slug)
  expect(slugs).toEqual(
    expect.arrayContaining(['ubuntu-24-04-x64', 'debian-12-x64', 'debian-13-x64']),
  )
  const bySlug = await call('GET', 'images/debian-13-x64')
  const id = images.find(({ slug }) => slug === 'debian-13-x64')?.id ?? 0
  expect((await client.image.getImage({ image_id: id })).data).toEqual(bySlug.body)
  expect((await call('GET', 'images/flatcar')).status).toBe(404)
})

test('applications are no distributions, and nothing is private', async () => {
  const { client, call } = await openSandbox()
  const slugs = async (query: Parameters<typeof client.image.listImages>[0]) =>
    (await client.image.listImages(query)).data.images.map(({ slug }) => slug)
  expect(await slugs({ type: 'application' })).toEqual(['docker-20-04'])
  expect(await slugs({ type: 'distribution' })).not.toContain('docker-20-04')
  expect((await call('GET', 'images?private=true')).body).toMatchObject({ images: [] })
})
