import type { Image } from './images.ts'
import { features, type Region } from './regions.ts'
import { type Size, sizes } from './sizes.ts'

export function regionView({ slug, name }: Region) {
  return {
    name,
    slug,
    features: [...features],
    available: true,
    sizes: sizes.filter((size) => size.regions.includes(slug)).map((size) => size.slug),
  }
}

export function sizeView(size: Size) {
  return {
    slug: size.slug,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    transfer: size.transfer,
    price_monthly: size.monthly,
    price_hourly: size.hourly,
    regions: [...size.regions],
    available: size.isAvailable,
    description: size.description,
    disk_info: diskInfo(size),
  }
}

export function diskInfo({ disk }: Size) {
  return [{ type: 'local', size: { amount: disk, unit: 'gib' } }]
}

export function imageView(image: Image) {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: image.slug,
    public: true,
    regions: [...image.regions],
    created_at: image.createdAt,
    type: 'snapshot',
    min_disk_size: image.minDiskSize,
    size_gigabytes: image.sizeGigabytes,
    description: `${image.distribution} ${image.name}`,
    tags: [],
    status: image.status,
    error_message: '',
  }
}
