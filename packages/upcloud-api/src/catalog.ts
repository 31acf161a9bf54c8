import { z } from 'zod'
import type { CallOptions, Transport } from './transport.ts'
import {
  boolean,
  number,
  optionalBoolean,
  optionalNumber,
  optionalText,
  wholeList,
} from './values.ts'

/** A place with servers of its own, as `fi-hel1`. */
export interface Zone {
  readonly id: string
  readonly description: string
  /** Open to everybody; others belong to one customer. */
  readonly isPublic: boolean
}

/** A size of server that is sold as a whole. */
export interface Plan {
  readonly name: string
  readonly cores: number
  readonly memoryMib: number
  /** Size of the disk that is part of the price; 0 where none is. */
  readonly storageGib: number
  readonly storageTier: string | undefined
  readonly family: string | undefined
  readonly gpus: number
  /** Still sold. */
  readonly isCurrent: boolean
}

export interface Price {
  /** How much of it the price is for. */
  readonly amount: number
  /** Cents of the account's currency, for an hour. */
  readonly price: number
}

export interface PriceList {
  /** ISO 4217; undefined where the API does not tell. */
  readonly currency: string | undefined
  /** By zone and the API's name of the item, as `server_plan_1xCPU-2GB` or `storage_maxiops`. */
  readonly zones: Readonly<Record<string, Readonly<Record<string, Price>>>>
}

export interface CatalogApi {
  zones(options?: CallOptions): Promise<readonly Zone[]>
  plans(options?: CallOptions): Promise<readonly Plan[]>
  prices(options?: CallOptions): Promise<PriceList>
}

const zone = z
  .object({ id: z.string(), description: z.string().default(''), public: boolean })
  .transform(
    ({ id, description, public: isPublic }): Zone => ({
      id,
      description,
      isPublic,
    }),
  )
const zonesAnswer = z.object({ zones: wholeList('zone', zone) })

const plan = z
  .object({
    name: z.string(),
    core_number: number,
    memory_amount: number,
    storage_size: optionalNumber,
    storage_tier: optionalText,
    family: optionalText,
    gpu_amount: optionalNumber,
    current_offering: optionalBoolean,
  })
  .transform(
    (it): Plan => ({
      name: it.name,
      cores: it.core_number,
      memoryMib: it.memory_amount,
      storageGib: it.storage_size ?? 0,
      storageTier: it.storage_tier,
      family: it.family,
      gpus: it.gpu_amount ?? 0,
      isCurrent: it.current_offering ?? true,
    }),
  )
const plansAnswer = z.object({ plans: wholeList('plan', plan) })

const price = z.object({ amount: number, price: number })
const priceZone = z.looseObject({ name: z.string() })
const pricesAnswer = z.object({
  prices: z.object({
    currency: optionalText,
    zone: z.array(priceZone.transform(({ name, ...items }) => ({ name, items: pricesOf(items) }))),
  }),
})

export function catalogApi({ ask }: Transport): CatalogApi {
  return {
    zones: async (options) =>
      (await ask({ ...options, method: 'GET', path: '/zone' }, zonesAnswer)).zones,
    plans: async (options) =>
      (await ask({ ...options, method: 'GET', path: '/plan' }, plansAnswer)).plans,
    prices: async (options) => {
      const { prices } = await ask({ ...options, method: 'GET', path: '/price' }, pricesAnswer)
      const zones = Object.fromEntries(prices.zone.map(({ name, items }) => [name, items]))
      return { currency: prices.currency, zones }
    },
  }
}

/** The price of an hour of a plan in a zone, in cents; undefined where the list has none. */
export function planPrice({ zones }: PriceList, zone: string, plan: string): number | undefined {
  return zones[zone]?.[`server_plan_${plan}`]?.price
}

function pricesOf(items: Readonly<Record<string, unknown>>): Record<string, Price> {
  return Object.fromEntries(
    Object.entries(items).flatMap(([name, item]) => {
      const parsed = price.safeParse(item)
      return parsed.success ? [[name, parsed.data]] : []
    }),
  )
}
