import type { Call, Choice, ChoiceQuestion } from '@kontena/core'
import { type Plan, type PriceList, planPrice } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import { listNetworks, privateNetworks } from './networks.ts'
import { describePlan, describePrice, listPlans, listPrices } from './plans.ts'
import { imagesAmong, listTemplates } from './templates.ts'
import { listZones } from './zones.ts'

/** What UpCloud offers for an option that a person is asked about; best first. */
export async function offerChoices(
  cloud: Cloud,
  { option, given }: ChoiceQuestion,
  call: Call,
): Promise<readonly Choice[]> {
  switch (option) {
    case 'zone':
      return await offerZones(cloud, call)
    case 'plan':
      return await offerPlans(cloud, zoneOf(cloud, given), call)
    case 'image':
      return imagesAmong(await listTemplates(cloud, call)).map(({ image, template }) => ({
        value: image,
        label: template.title,
      }))
    case 'network':
      return await offerNetworks(cloud, zoneOf(cloud, given), call)
    default:
      return []
  }
}

/** What was answered a moment ago is not part of the session yet. */
function zoneOf(cloud: Cloud, { zone }: ChoiceQuestion['given']): string {
  return typeof zone === 'string' ? zone : cloud.zone()
}

async function offerZones(cloud: Cloud, call: Call): Promise<readonly Choice[]> {
  const zones = await listZones(cloud, call)
  return zones
    .filter(({ isPublic }) => isPublic)
    .map(({ id, description }) => ({ value: id, label: `${id} (${description})` }))
    .toSorted((a, b) => a.value.localeCompare(b.value))
}

/** Those without accelerators that fit a node, cheapest first. */
async function offerPlans(cloud: Cloud, zone: string, call: Call): Promise<readonly Choice[]> {
  const [plans, prices] = await Promise.all([listPlans(cloud, call), listPrices(cloud, call)])
  const priceOf = ({ name }: Plan): number | undefined => planPrice(prices, zone, name)
  return plans
    .filter(({ isCurrent, gpus, memoryMib }) => isCurrent && gpus === 0 && memoryMib >= 1024)
    .toSorted(
      (a, b) => (priceOf(a) ?? Infinity) - (priceOf(b) ?? Infinity) || a.memoryMib - b.memoryMib,
    )
    .map((plan) => ({
      value: plan.name,
      label: `${plan.name} (${describePlan(plan)})`,
      ...hintOf(priceOf(plan), prices),
    }))
}

function hintOf(cents: number | undefined, prices: PriceList): { hint?: string } {
  return cents === undefined ? {} : { hint: describePrice(cents, prices) }
}

async function offerNetworks(cloud: Cloud, zone: string, call: Call): Promise<readonly Choice[]> {
  const networks = privateNetworks(await listNetworks(cloud, call), zone)
  return networks
    .filter(({ ipNetworks }) => ipNetworks.some(({ family, dhcp }) => family === 'IPv4' && dhcp))
    .map(({ uuid, name, ipNetworks }) => ({
      value: uuid,
      label: name,
      hint: ipNetworks.map(({ address }) => address).join(', '),
    }))
}
