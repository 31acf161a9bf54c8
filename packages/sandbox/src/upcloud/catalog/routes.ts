import type { UpcloudRoute } from '../account.ts'
import { type Plan, plans } from './plans.ts'
import { zones } from './zones.ts'

/** What can be ordered, where, and for how much. Lists are wrapped twice, as everywhere in this API. */
export const catalogRoutes: readonly UpcloudRoute[] = [
  {
    method: 'GET',
    path: 'zone',
    action: 'zone.list',
    answer: () => ({
      status: 200,
      body: {
        zones: {
          zone: zones.map(({ id, description, isPublic }) => ({
            description,
            id,
            public: isPublic ? 'yes' : 'no',
          })),
        },
      },
    }),
  },
  {
    method: 'GET',
    path: 'plan',
    action: 'plan.list',
    answer: () => ({ status: 200, body: { plans: { plan: plans.map(planView) } } }),
  },
  {
    method: 'GET',
    path: 'price',
    action: 'price.list',
    answer: () => ({
      status: 200,
      body: { prices: { currency: 'EUR', zone: zones.map(({ id }) => pricesOf(id)) } },
    }),
  },
]

function planView(plan: Plan) {
  return {
    core_number: plan.cores,
    current_offering: 'yes',
    family: plan.family,
    memory_amount: plan.memory,
    name: plan.name,
    public_traffic_out: plan.traffic,
    storage_size: plan.disk,
    // A plan without a disk has no tier either.
    storage_tier: plan.disk === 0 ? null : plan.tier,
  }
}

/** Cents an hour, for so many of each. Some sites cost more than others. */
function pricesOf(zone: string) {
  const factor = zone.startsWith('us-') || zone.startsWith('sg-') ? 1.1 : 1
  const price = (cents: number, amount = 1) => ({
    amount,
    price: Number((cents * factor).toFixed(4)),
  })
  return {
    name: zone,
    firewall: price(0),
    io_request_maxiops: price(0, 1_000_000),
    ipv4_address: price(0.4464),
    ipv6_address: price(0),
    public_ipv4_bandwidth_in: price(0),
    public_ipv4_bandwidth_out: price(1),
    server_core: price(1.3),
    server_memory: price(0.45, 256),
    storage_backup: price(0.0056),
    storage_maxiops: price(0.031),
    storage_standard: price(0.0119),
    storage_template: price(0.031),
    ...Object.fromEntries(plans.map((plan) => [`server_plan_${plan.name}`, price(plan.price)])),
  }
}
