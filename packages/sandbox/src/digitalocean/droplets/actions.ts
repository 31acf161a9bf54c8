import { z } from 'zod'
import type { DigitaloceanCall, DigitaloceanRoute, Droplet } from '../account.ts'
import { notFound, unprocessable } from '../refusals.ts'
import { page } from '../wire/paging.ts'
import { startAction } from './make.ts'
import { findDroplet, refuseWhileBusy } from './routes.ts'
import { actionView } from './view.ts'

const input = z.object({
  type: z.enum(['reboot', 'power_cycle', 'shutdown', 'power_off', 'power_on']),
})

export const actionRoutes: readonly DigitaloceanRoute[] = [
  {
    method: 'POST',
    path: 'droplets/:id/actions',
    action: (body) => `droplets.${input.safeParse(body).data?.type ?? 'action'}`,
    answer: begin,
  },
  {
    method: 'GET',
    path: 'droplets/:id/actions',
    action: 'droplets.list_actions',
    answer(call) {
      const { id } = findDroplet(call)
      const own = [...call.world.actions.values()].filter(({ resourceId }) => resourceId === id)
      return page(call, 'actions', own.reverse().map(actionView))
    },
  },
  {
    method: 'GET',
    path: 'droplets/:id/actions/:action',
    action: 'droplets.get_action',
    answer(call) {
      const droplet = findDroplet(call)
      return oneAction(call, ({ resourceId }) => resourceId === droplet.id)
    },
  },
  {
    method: 'GET',
    path: 'actions',
    action: 'actions.list',
    answer: (call) =>
      page(call, 'actions', [...call.world.actions.values()].reverse().map(actionView)),
  },
  {
    method: 'GET',
    path: 'actions/:action',
    action: 'actions.get',
    answer: (call) => oneAction(call, () => true),
  },
]

function oneAction(
  { parameters: { action: id }, world }: DigitaloceanCall,
  fits: (action: { readonly resourceId: number }) => boolean,
) {
  const action = world.actions.get(Number(id))
  if (action === undefined || !fits(action)) throw notFound()
  return { status: 200, body: { action: actionView(action) } }
}

function begin(call: DigitaloceanCall) {
  const droplet = findDroplet(call)
  const parsed = input.safeParse(call.body)
  if (!parsed.success) throw unprocessable('The type of event you specified is invalid.')
  const { type } = parsed.data
  refuseWhileBusy(droplet)
  if (type === 'power_on' ? droplet.state === 'active' : droplet.state === 'off') {
    throw unprocessable(
      type === 'power_on'
        ? 'Droplet is already powered on.'
        : 'Droplet is currently off. Please power it on to run this event.',
    )
  }
  const action = startAction(type, droplet, call.world)
  const off = type === 'power_on' ? undefined : droplet.machine.stop()
  call.world.lifecycle.perform(droplet, action, () => finish(type, droplet, off))
  return { status: 201, body: { action: actionView(action) } }
}

/** A restart powers on what the action powered off; its user data does not take effect again. */
function finish(
  type: z.output<typeof input>['type'],
  droplet: Droplet,
  off: Promise<void> | undefined,
): void {
  const isOff = type === 'shutdown' || type === 'power_off'
  droplet.state = isOff ? 'off' : 'active'
  if (!isOff) void Promise.resolve(off).then(() => droplet.machine.start())
}
