import { createServer, type Server } from 'node:http'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { useEnvironment } from './azure-environment.ts'
import { call, openSession } from './orders.ts'

let sandbox: Sandbox
let prices: Server | undefined

beforeAll(async () => {
  sandbox = await startSandbox({ bootTime: 200, agents: 'none' })
})
afterAll(() => sandbox.close())
beforeEach(() => useEnvironment(sandbox.environment()))
afterEach(() => {
  prices?.close()
  prices?.closeAllConnections()
  prices = undefined
  vi.unstubAllEnvs()
})

async function choicesOf(option: string, given: Record<string, unknown> = {}) {
  return (await (await openSession()).choices?.({ option, given }, call)) ?? []
}

async function startPrices(answer: (filter: string) => unknown): Promise<void> {
  const server = createServer((request, response) => {
    const filter = new URL(request.url ?? '', 'http://prices').searchParams.get('$filter') ?? ''
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer(filter)))
  })
  prices = server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : ''
  vi.stubEnv('AZURE_RETAIL_PRICES_URL', `http://127.0.0.1:${port}/api/retail/prices`)
}

function item(armSkuName: string, retailPrice: number, more: object = {}) {
  return {
    armSkuName,
    retailPrice,
    currencyCode: 'USD',
    unitOfMeasure: '1 Hour',
    productName: 'Virtual Machines BS Series',
    skuName: 'B2s',
    ...more,
  }
}

test('locations are offered as they are typed, with their zones', async () => {
  const offered = await choicesOf('location')
  expect(offered).toContainEqual(
    expect.objectContaining({ value: 'westeurope', label: 'West Europe', hint: '3 zones' }),
  )
  expect(offered.some(({ hint }) => hint === 'no zones')).toBe(true)
})

test('sizes are offered small ones first, after the one that is usual', async () => {
  const offered = await choicesOf('size', { location: 'West Europe' })
  expect(offered[0]).toEqual({
    value: 'Standard_B2s',
    label: 'Standard_B2s (2 vCPU, 4 GiB)',
  })
  expect(offered[1]?.value).toBe('Standard_B1s')
  expect(offered.find(({ value }) => value.includes('2pts'))?.label).toContain('arm64')
})

test('prices stand beside sizes, for Linux and without interruption', async () => {
  let asked = ''
  await startPrices((filter) => {
    asked = filter
    return {
      Items: [
        item('Standard_B2s', 0.0496),
        item('Standard_B2s', 0.0576, { productName: 'Virtual Machines BS Series Windows' }),
        item('Standard_B2s', 0.01, { skuName: 'B2s Spot' }),
        item('Standard_B2s', 300, { unitOfMeasure: '1 Month' }),
      ],
    }
  })
  const offered = await choicesOf('size', { location: 'westeurope' })
  expect(offered.find(({ value }) => value === 'Standard_B2s')?.hint).toBe('0.0496 USD/h')
  expect(offered.find(({ value }) => value === 'Standard_B1s')?.hint).toBeUndefined()
  expect(asked).toContain("armRegionName eq 'westeurope'")
  expect(asked).toContain("armSkuName eq 'Standard_B1s'")
})

test.each([{ nothing: true }, { Items: [{ armSkuName: 1 }] }, 'text'])(
  'prices that cannot be read are done without: %j',
  async (answer) => {
    await startPrices(() => answer)
    const offered = await choicesOf('size', { location: 'westeurope' })
    expect(offered.length).toBeGreaterThan(3)
    expect(offered.every(({ hint }) => hint === undefined)).toBe(true)
  },
)

test('images are offered that the schema takes', async () => {
  expect((await choicesOf('image')).map(({ value }) => value)).toEqual([
    'ubuntu-24.04',
    'debian-13',
    'debian-12',
    'flatcar',
  ])
})

test('what Azure does not list has no choices', async () => {
  expect(await choicesOf('user')).toEqual([])
})
