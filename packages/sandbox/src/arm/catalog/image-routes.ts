import { computeVersions } from '../api-versions.ts'
import { formatGroupId } from '../resource-id.ts'
import { type Answer, type Call, inSubscription, type Route } from '../route.ts'
import { notFound } from '../wire/errors.ts'
import { type Image, images, imagesOf } from './images.ts'
import { findLocation } from './locations.ts'

const publishers = `${inSubscription}/providers/Microsoft.Compute/locations/{location}/publishers`
const offers = `${publishers}/{publisher}/artifacttypes/vmimage/offers`
const skus = `${offers}/{offer}/skus`
const versions = `${skus}/{sku}/versions`

/** The marketplace, level by level. Its lists come whole and without an envelope. */
export const imageRoutes: readonly Route[] = [
  route('listPublishers', publishers, (call) => names(call, images, 'publisher')),
  route('listOffers', offers, (call) => names(call, found(call), 'offer')),
  route('listSkus', skus, (call) => names(call, found(call), 'sku')),
  route('list', versions, listVersions),
  route('get', `${versions}/{version}`, getVersion),
]

function route(name: string, path: string, run: (call: Call) => Answer): Route {
  return {
    action: `virtualMachineImages.${name}`,
    method: 'GET',
    path,
    apiVersions: computeVersions,
    permission: 'Microsoft.Compute/locations/publishers/read',
    run(call) {
      const { location = '' } = call.parameters
      if (findLocation(location) !== undefined) return run(call)
      throw notFound('NoRegisteredProviderFound', `No such location: '${location}'.`)
    },
  }
}

/** @throws ArmError for a publisher, offer or SKU that is not there */
function found({ parameters }: Call): readonly Image[] {
  const { publisher = '', offer, sku } = parameters
  const list = imagesOf({ publisher, offer, sku })
  if (list.length > 0) return list
  throw notFound(
    'NotFound',
    `Artifact: VMImage was not found: publisher '${publisher}', offer '${offer ?? ''}', sku '${sku ?? ''}'.`,
  )
}

function names(call: Call, list: readonly Image[], level: 'publisher' | 'offer' | 'sku'): Answer {
  const unique = [...new Set(list.map((image) => image[level]))].sort()
  return { status: 200, body: unique.map((name) => entry(call, name)) }
}

function entry({ target, parameters }: Call, name: string) {
  const path = target.split('?')[0] ?? ''
  const rest = path.slice(path.toLowerCase().indexOf('/providers/'))
  return {
    location: parameters.location,
    name,
    id: `${formatGroupId('').replace('/resourceGroups/', '')}${rest}/${name}`,
  }
}

/** Oldest first unless asked otherwise; `$top` counts from the start of that order. */
function listVersions(call: Call): Answer {
  const list = [...found(call)]
  if (/^name desc$/i.test(call.query.get('$orderby') ?? '')) list.reverse()
  const top = Number(call.query.get('$top') ?? list.length)
  return { status: 200, body: list.slice(0, top).map(({ version }) => entry(call, version)) }
}

function getVersion(call: Call): Answer {
  const { version = '' } = call.parameters
  const image = found(call).find((one) => one.version === version)
  if (image === undefined) {
    throw notFound('NotFound', `Artifact: VMImage was not found: version '${version}'.`)
  }
  const { id, ...rest } = entry(call, version)
  return {
    status: 200,
    body: {
      ...rest,
      id: id.slice(0, id.lastIndexOf('/')),
      properties: {
        hyperVGeneration: image.generation,
        architecture: image.architecture,
        ...(image.hasTerms && {
          plan: { name: image.sku, publisher: image.publisher, product: image.offer },
        }),
        osDiskImage: { operatingSystem: 'Linux' },
        dataDiskImages: [],
        automaticOSUpgradeProperties: { automaticOSUpgradeSupported: false },
      },
    },
  }
}
