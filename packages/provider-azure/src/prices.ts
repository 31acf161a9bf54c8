import type { Call } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'

/** The Azure Retail Prices API, which needs no login; it has an address of its own. */
const publicPrices = 'https://prices.azure.com/api/retail/prices'
/** Milliseconds that a person waits for what is only nice to know. */
const patience = 3_000

const answer = z.object({
  Items: z.array(
    z.object({
      armSkuName: z.string(),
      retailPrice: z.number(),
      currencyCode: z.string(),
      unitOfMeasure: z.string(),
      productName: z.string(),
      skuName: z.string(),
      type: z.string().optional(),
    }),
  ),
})

/**
 * What sizes cost an hour with Linux, without the discounts of an account. None where the prices cannot
 * be had: `AZURE_RETAIL_PRICES_URL` names another place for them, and simulated clouds have none.
 */
export async function hourlyPrices(
  cloud: Pick<Cloud, 'endpoint' | 'admit'>,
  wanted: { location: string; names: readonly string[] },
  { signal }: Call,
): Promise<ReadonlyMap<string, string>> {
  const usual = cloud.endpoint().isLoopback ? '' : publicPrices
  const address = process.env.AZURE_RETAIL_PRICES_URL || usual
  if (!URL.canParse(address) || wanted.names.length === 0) return new Map()
  await cloud.admit(signal)
  try {
    const answered = await fetch(priceUrl(address, wanted), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    })
    return readPrices(answer.parse(await answered.json()).Items)
  } catch {
    signal.throwIfAborted()
    return new Map()
  }
}

function priceUrl(
  address: string,
  { location, names }: { location: string; names: readonly string[] },
) {
  const url = new URL(address)
  const sizes = names.map((name) => `armSkuName eq '${name}'`).join(' or ')
  url.searchParams.set(
    '$filter',
    `serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq '${location}' and (${sizes})`,
  )
  return url
}

/** Each size has a price for each licence and each way to be interrupted. */
function readPrices(items: z.infer<typeof answer>['Items']): Map<string, string> {
  return new Map(
    items
      .filter(
        ({ productName, skuName, unitOfMeasure }) =>
          !/Windows|CloudServices/.test(productName) &&
          !/Spot|Low Priority/.test(skuName) &&
          unitOfMeasure === '1 Hour',
      )
      .map(({ armSkuName, retailPrice, currencyCode }) => [
        armSkuName,
        `${retailPrice} ${currencyCode}/h`,
      ]),
  )
}
