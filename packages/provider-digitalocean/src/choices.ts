import type { Call, Choice, ChoiceQuestion } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { images } from './images.ts'
import { machineOptions } from './options.ts'
import { listRegions } from './regions.ts'
import { describePrice, describeSize, listSizes, usableSizes } from './sizes.ts'
import { listKeys } from './ssh-keys.ts'
import { listVpcs } from './vpcs.ts'

/** What the account offers for an option; nothing for one that has no list. */
export async function offerChoices(
  cloud: Cloud,
  { option, given }: ChoiceQuestion,
  call: Call,
): Promise<readonly Choice[]> {
  const region = typeof given.region === 'string' ? given.region : undefined
  switch (option) {
    case 'region':
      return await regionChoices(cloud, call)
    case 'size':
      return await sizeChoices(cloud, region, call)
    case 'image':
      return Object.entries(images).map(([value, { title }]) => ({ value, label: title }))
    case 'vpc':
      return await vpcChoices(cloud, region ?? cloud.region(), call)
    case 'accountKey':
      return (await listKeys(cloud, call)).map(({ name, fingerprint }) => ({
        value: fingerprint,
        label: name,
      }))
    default:
      return []
  }
}

async function regionChoices(cloud: Cloud, call: Call): Promise<readonly Choice[]> {
  const regions = await listRegions(cloud, call)
  return regions
    .filter(({ available }) => available)
    .toSorted((a, b) => a.slug.localeCompare(b.slug))
    .map(({ slug, name }) => ({ value: slug, label: name }))
}

async function sizeChoices(
  cloud: Cloud,
  region: string | undefined,
  call: Call,
): Promise<readonly Choice[]> {
  const usual = machineOptions.parse({}).size
  const sizes = usableSizes(await listSizes(cloud, call), region)
  return sizes
    .toSorted((a, b) => Number(b.slug === usual) - Number(a.slug === usual))
    .map((size) => ({ value: size.slug, label: describeSize(size), hint: describePrice(size) }))
}

async function vpcChoices(cloud: Cloud, region: string, call: Call): Promise<readonly Choice[]> {
  const vpcs = await listVpcs(cloud, call)
  return vpcs
    .filter((vpc) => vpc.region === region)
    .map(({ id, name, ip_range }) => ({ value: id, label: name, hint: ip_range }))
}
