import { z } from 'zod'
import { defineAction } from '../action.ts'
import type { InstanceType } from '../resources.ts'
import { Ec2Error, invalidCombination } from '../wire/errors.ts'
import { boolean, list, paged, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { pageOf } from '../wire/paging.ts'
import { items, type Xml } from '../wire/xml.ts'
import { instanceTypes, isOffered } from './instance-types.ts'

const typeFields: FilterFields<InstanceType> = {
  'bare-metal': () => false,
  'burstable-performance-supported': ({ isBurstable }) => isBurstable,
  'current-generation': () => true,
  hypervisor: () => 'nitro',
  'instance-type': ({ name }) => name,
  'memory-info.size-in-mib': ({ memoryMib }) => memoryMib,
  'processor-info.supported-architecture': ({ architecture }) => architecture,
  'supported-root-device-type': () => 'ebs',
  'supported-virtualization-type': () => 'hvm',
  'vcpu-info.default-vcpus': ({ virtualCpus }) => virtualCpus,
}

export const describeInstanceTypes = defineAction(
  z.strictObject({
    ...paged,
    IncludeUnsupportedInRegion: boolean.optional(),
    InstanceType: list(text),
  }),
  (input) => {
    const fits = matching(input.Filter, typeFields)
    if (input.InstanceType.length > 0 && input.MaxResults !== undefined) {
      throw invalidCombination('The parameter InstanceTypes cannot be used with MaxResults')
    }
    const types = namedTypes(input.InstanceType)
    return () => {
      const page = pageOf(types.filter(fits), input, { least: 5, most: 100, usual: 100 })
      return { instanceTypeSet: items(page.members.map(typeXml)), nextToken: page.nextToken }
    }
  },
)

interface Offering {
  readonly type: string
  readonly location: string
}

const offeringFields: FilterFields<Offering> = {
  'instance-type': ({ type }) => type,
  location: ({ location }) => location,
}

/** Where types can be had: in this region, or in which of its zones, by name or by id. */
export const describeInstanceTypeOfferings = defineAction(
  z.strictObject({
    ...paged,
    LocationType: z.enum(['region', 'availability-zone', 'availability-zone-id']).default('region'),
  }),
  ({ LocationType: locationType, ...input }, { region }) => {
    const fits = matching(input.Filter, offeringFields)
    const places =
      locationType === 'region'
        ? [{ location: region.name, zone: undefined }]
        : region.zones.map(({ name, id }) => ({
            location: locationType === 'availability-zone' ? name : id,
            zone: name,
          }))
    return () => {
      const offerings = [...instanceTypes.keys()].flatMap((type) =>
        places
          .filter(({ zone }) => zone === undefined || isOffered(type, zone))
          .map(({ location }) => ({ type, location })),
      )
      const page = pageOf(offerings.filter(fits), input)
      return {
        instanceTypeOfferingSet: items(
          page.members.map(({ type, location }) => ({
            instanceType: type,
            locationType,
            location,
          })),
        ),
        nextToken: page.nextToken,
      }
    }
  },
)

function namedTypes(names: readonly string[]): readonly InstanceType[] {
  if (names.length === 0) return [...instanceTypes.values()]
  const unknown = names.filter((name) => !instanceTypes.has(name))
  if (unknown.length > 0) {
    throw new Ec2Error(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    )
  }
  return names.map((name) => instanceTypes.get(name)).filter((type) => type !== undefined)
}

function typeXml(type: InstanceType): Xml {
  return {
    instanceType: type.name,
    currentGeneration: true,
    freeTierEligible: false,
    supportedUsageClasses: items(['on-demand', 'spot']),
    supportedRootDeviceTypes: items(['ebs']),
    supportedVirtualizationTypes: items(['hvm']),
    bareMetal: false,
    hypervisor: 'nitro',
    processorInfo: { supportedArchitectures: items([type.architecture]) },
    vCpuInfo: {
      defaultVCpus: type.virtualCpus,
      defaultCores: type.virtualCpus / type.threadsPerCore,
      defaultThreadsPerCore: type.threadsPerCore,
    },
    memoryInfo: { sizeInMiB: type.memoryMib },
    instanceStorageSupported: false,
    ebsInfo: {
      ebsOptimizedSupport: 'default',
      encryptionSupport: 'supported',
      nvmeSupport: 'required',
    },
    networkInfo: {
      maximumNetworkInterfaces: 3,
      maximumNetworkCards: 1,
      ipv4AddressesPerInterface: 4,
      ipv6AddressesPerInterface: 4,
      ipv6Supported: true,
      enaSupport: 'required',
    },
    hibernationSupported: false,
    burstablePerformanceSupported: type.isBurstable,
    dedicatedHostsSupported: true,
    autoRecoverySupported: true,
    supportedBootModes: items(type.architecture === 'arm64' ? ['uefi'] : ['legacy-bios', 'uefi']),
  }
}
