import { type Call, ProvisionError } from '@kontena/core'
import type { Plan, Storage } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import type { UpcloudMachineOptions } from './options.ts'
import { findPlan, listPlans } from './plans.ts'
import { findTemplate, listTemplates } from './templates.ts'
import { requireZone } from './zones.ts'

/** What machines are made of, looked up. */
export interface LaunchPlan {
  readonly options: UpcloudMachineOptions
  readonly zone: string
  readonly plan: Plan
  readonly template: Storage
  readonly disk: { readonly sizeGib: number; readonly tier: string }
}

/** Of plans that come without a disk. */
const usualDisk = { sizeGib: 20, tier: 'maxiops' }

export async function planLaunch(
  cloud: Cloud,
  options: UpcloudMachineOptions,
  call: Call,
): Promise<LaunchPlan> {
  const zone = cloud.zone()
  const [, plans, templates] = await Promise.all([
    requireZone(cloud, zone, call),
    listPlans(cloud, call),
    listTemplates(cloud, call),
  ])
  const plan = findPlan(plans, options.plan)
  const template = findTemplate(templates, options, zone)
  return { options, zone, plan, template, disk: planDisk(plan, template, options.storage) }
}

/** The plan's own disk is part of its price; any other is not. */
function planDisk(plan: Plan, template: Storage, wanted: number | undefined): LaunchPlan['disk'] {
  const tier = plan.storageTier ?? usualDisk.tier
  const usual =
    plan.storageGib > 0 ? plan.storageGib : Math.max(usualDisk.sizeGib, template.sizeGib)
  const sizeGib = wanted ?? usual
  if (sizeGib >= template.sizeGib) return { sizeGib, tier }
  throw new ProvisionError(
    'BAD_OPTIONS',
    `a disk of ${sizeGib} GiB is too small for ${template.title}`,
    { hint: `give --storage ${template.sizeGib} or more` },
  )
}
