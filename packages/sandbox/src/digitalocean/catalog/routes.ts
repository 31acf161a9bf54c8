import type { DigitaloceanRoute } from '../account.ts'
import { notFound } from '../refusals.ts'
import { page } from '../wire/paging.ts'
import { findImage, images } from './images.ts'
import { regions } from './regions.ts'
import { sizes } from './sizes.ts'
import { imageView, regionView, sizeView } from './views.ts'

/** What can be ordered, and where. */
export const catalogRoutes: readonly DigitaloceanRoute[] = [
  {
    method: 'GET',
    path: 'regions',
    action: 'regions.list',
    answer: (call) => page(call, 'regions', regions.map(regionView)),
  },
  {
    method: 'GET',
    path: 'sizes',
    action: 'sizes.list',
    answer: (call) => page(call, 'sizes', sizes.map(sizeView)),
  },
  {
    method: 'GET',
    path: 'images',
    action: 'images.list',
    answer: (call) => page(call, 'images', listedImages(call.query).map(imageView)),
  },
  {
    method: 'GET',
    path: 'images/:image',
    action: 'images.get',
    answer({ parameters: { image = '' } }) {
      const found = findImage(image)
      if (found === undefined) throw notFound()
      return { status: 200, body: { image: imageView(found) } }
    },
  },
]

/** None is private and none is tagged, so those lists are empty. */
function listedImages(query: URLSearchParams) {
  if (query.get('private') === 'true' || query.has('tag_name')) return []
  const kind = query.get('type')
  return images.filter((image) => kind === null || image.kind === kind)
}
