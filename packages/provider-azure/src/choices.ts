import type { Call, Choice, ChoiceQuestion } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { listLocations } from './locations.ts'
import { type AzureAccess, machineOptions } from './options.ts'
import { hourlyPrices } from './prices.ts'
import { listSizes, type Size } from './sizes.ts'
import { listSubscriptions } from './subscriptions.ts'

export interface Asked {
  readonly access: AzureAccess
  readonly question: ChoiceQuestion
}

/** What Azure offers for an option; best first. None for an option whose values Azure does not list. */
export async function answerChoices(
  cloud: Cloud,
  { access, question }: Asked,
  call: Call,
): Promise<readonly Choice[]> {
  switch (question.option) {
    case 'subscriptionId':
      return await subscriptionChoices(cloud, call)
    case 'location':
      return await locationChoices(cloud, call)
    case 'size': {
      const location = given(question, 'location') ?? access.location
      return location === undefined ? [] : await sizeChoices(cloud, spelled(location), call)
    }
    case 'image':
      return imageChoices
    default:
      return []
  }
}

const imageChoices: readonly Choice[] = [
  { value: 'ubuntu-24.04', label: 'Ubuntu 24.04 LTS' },
  { value: 'debian-13', label: 'Debian 13' },
  { value: 'debian-12', label: 'Debian 12' },
  { value: 'flatcar', label: 'Flatcar Container Linux, stable' },
]

/** More to choose from than this helps nobody; any other size can be typed. */
const mostSizes = 40
const mostVcpus = 16
const leastMemoryGib = 1

function given({ given: values }: ChoiceQuestion, key: string): string | undefined {
  const value = values[key]
  return typeof value === 'string' ? value : undefined
}

function spelled(location: string): string {
  return location.toLowerCase().replaceAll(' ', '')
}

async function subscriptionChoices(cloud: Cloud, call: Call): Promise<Choice[]> {
  const seen = await listSubscriptions(cloud, call)
  return seen.flatMap(({ subscriptionId, displayName }) =>
    subscriptionId === undefined
      ? []
      : [{ value: subscriptionId, label: displayName ?? subscriptionId, hint: subscriptionId }],
  )
}

async function locationChoices(cloud: Cloud, call: Call): Promise<Choice[]> {
  return (await listLocations(cloud, call))
    .toSorted(
      (a, b) =>
        rank(a.metadata?.regionCategory) - rank(b.metadata?.regionCategory) ||
        (a.displayName ?? '').localeCompare(b.displayName ?? ''),
    )
    .flatMap(({ name, displayName, availabilityZoneMappings: zones = [] }) =>
      name === undefined
        ? []
        : [
            {
              value: name,
              label: displayName ?? name,
              hint: zones.length > 0 ? `${zones.length} zones` : 'no zones',
            },
          ],
    )
}

function rank(category: string | undefined): number {
  return category === 'Recommended' ? 0 : 1
}

/** Small ones first, after the one that is taken without asking. */
async function sizeChoices(cloud: Cloud, location: string, call: Call): Promise<Choice[]> {
  const usual = machineOptions.shape.size.parse(undefined)
  const sizes = (await listSizes(cloud, location, call))
    .filter(
      ({ isClosed, vcpus, memoryGib }) =>
        !isClosed && vcpus > 0 && vcpus <= mostVcpus && memoryGib >= leastMemoryGib,
    )
    .toSorted(
      (a, b) =>
        Number(b.name === usual) - Number(a.name === usual) ||
        a.vcpus - b.vcpus ||
        a.memoryGib - b.memoryGib ||
        a.name.localeCompare(b.name),
    )
    .slice(0, mostSizes)
  const names = sizes.map(({ name }) => name)
  const prices = await hourlyPrices(cloud, { location, names }, call)
  return sizes.map((size) => describeSize(size, prices.get(size.name)))
}

function describeSize(size: Size, price: string | undefined): Choice {
  const { name, vcpus, memoryGib, architecture } = size
  const arm = architecture === 'arm64' ? ', arm64' : ''
  const label = `${name} (${vcpus} vCPU, ${memoryGib} GiB${arm})`
  return price === undefined ? { value: name, label } : { value: name, label, hint: price }
}
