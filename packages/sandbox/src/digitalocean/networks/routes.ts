import { z } from 'zod'
import type { Account, DigitaloceanCall, DigitaloceanRoute, Droplet, Vpc } from '../account.ts'
import { findRegion } from '../catalog/regions.ts'
import { timestamp } from '../droplets/view.ts'
import { conflict, forbidden, notFound, unprocessable } from '../refusals.ts'
import { page } from '../wire/paging.ts'
import { makeVpc } from './vpcs.ts'

const creation = z.object({
  name: z.string().min(1),
  region: z.string(),
  description: z.string().max(255).nullish(),
  ip_range: z.string().nullish(),
})
const change = z.object({
  name: z.string().min(1).optional(),
  description: z.string().max(255).optional(),
  default: z.boolean().optional(),
})

export const vpcRoutes: readonly DigitaloceanRoute[] = [
  {
    method: 'GET',
    path: 'vpcs',
    action: 'vpcs.list',
    answer: (call) => page(call, 'vpcs', [...call.world.vpcs.values()].map(view)),
  },
  { method: 'POST', path: 'vpcs', action: 'vpcs.create', answer: create },
  {
    method: 'GET',
    path: 'vpcs/:vpc',
    action: 'vpcs.get',
    answer: (call) => ({ status: 200, body: { vpc: view(namedVpc(call)) } }),
  },
  { method: 'PUT', path: 'vpcs/:vpc', action: 'vpcs.update', answer: update },
  { method: 'PATCH', path: 'vpcs/:vpc', action: 'vpcs.patch', answer: update },
  { method: 'DELETE', path: 'vpcs/:vpc', action: 'vpcs.delete', answer: remove },
  {
    method: 'GET',
    path: 'vpcs/:vpc/members',
    action: 'vpcs.list_members',
    answer(call) {
      const type = call.query.get('resource_type')
      const members =
        type === null || type === 'droplet' ? membersOf(namedVpc(call), call.world) : []
      return page(call, 'members', members.map(memberView))
    },
  },
]

function create({ body, world }: DigitaloceanCall) {
  const parsed = creation.safeParse(body)
  if (!parsed.success) throw unprocessable('name and region are required')
  const { name, region: slug, description, ip_range: range } = parsed.data
  const region = findRegion(slug)
  if (region === undefined) throw unprocessable('invalid region')
  const vpc = makeVpc(world, {
    name,
    region,
    description: description ?? undefined,
    range: range === null || range === '' ? undefined : range,
  })
  return { status: 201, body: { vpc: view(vpc) } }
}

/** Another default takes the place of the one before; nothing unsets it. */
function update(call: DigitaloceanCall) {
  const vpc = namedVpc(call)
  const parsed = change.safeParse(call.body)
  if (!parsed.success) throw unprocessable('invalid request')
  vpc.name = parsed.data.name ?? vpc.name
  vpc.description = parsed.data.description ?? vpc.description
  if (parsed.data.default === true) {
    for (const other of call.world.vpcs.values()) {
      if (other.region === vpc.region) other.isDefault = other === vpc
    }
  }
  return { status: 200, body: { vpc: view(vpc) } }
}

/**
 * The vendor's description says 403 for both; what callers saw for one with members is 409
 * (pulumi/pulumi-digitalocean#753, digitalocean/terraform-provider-digitalocean#1424).
 */
function remove(call: DigitaloceanCall) {
  const vpc = namedVpc(call)
  if (vpc.isDefault) throw forbidden('Can not delete default VPCs')
  if (membersOf(vpc, call.world).length > 0) throw conflict('Can not delete VPC with members')
  call.world.vpcs.delete(vpc.id)
  return { status: 204 }
}

function membersOf(vpc: Vpc, world: Account): readonly Droplet[] {
  return [...world.droplets.values()].filter((droplet) => droplet.vpc === vpc)
}

function namedVpc({ parameters: { vpc: id = '' }, world }: DigitaloceanCall): Vpc {
  const vpc = world.vpcs.get(id)
  if (vpc === undefined) throw notFound()
  return vpc
}

function view(vpc: Vpc) {
  return {
    id: vpc.id,
    urn: `do:vpc:${vpc.id}`,
    name: vpc.name,
    description: vpc.description,
    region: vpc.region.slug,
    ip_range: vpc.range,
    default: vpc.isDefault,
    created_at: timestamp(vpc.createdAt),
  }
}

function memberView({ id, name, createdAt }: Droplet) {
  return { urn: `do:droplet:${id}`, name, created_at: timestamp(createdAt) }
}
