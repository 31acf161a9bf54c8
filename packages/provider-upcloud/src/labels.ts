import { type MachineBatch, type Owner, ProvisionError } from '@kontena/core'
import type { Labels } from '@kontena/upcloud-api'

/** UpCloud's labels have no colon: `kontena:master` is `kontena-master` there. */
export const labelKeys = {
  master: 'kontena-master',
  grid: 'kontena-grid',
  order: 'kontena-order',
  token: 'kontena-token',
  node: 'kontena-node',
  /** Milliseconds since the epoch, of a network. */
  made: 'kontena-made',
} as const

export function ownershipLabels(owner: Owner, order?: string): Labels {
  const labels = { [labelKeys.master]: owner.master, [labelKeys.grid]: owner.grid }
  return order === undefined ? labels : { ...labels, [labelKeys.order]: order }
}

export function ownerOf(labels: Labels): Owner | undefined {
  const { [labelKeys.master]: master, [labelKeys.grid]: grid } = labels
  return master === undefined || grid === undefined ? undefined : { master, grid }
}

/** Whether all of the wanted labels are there; a filter of the API is not trusted alone. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}

/**
 * Labels of a machine, as they travel in the request that makes it: nothing is ever without an owner. The
 * user's own never replace what says whose the machine is. Throws `BAD_OPTIONS`.
 */
export function launchLabels(
  batch: Pick<MachineBatch, 'owner' | 'order' | 'token' | 'tags'>,
  node: string,
): Labels {
  const wrong = Object.entries(batch.tags).find(([key, value]) => !isUsable(key, value))
  if (wrong !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', `${wrong[0]} cannot be a label on UpCloud`, {
      hint: 'keys have 2 to 32 letters, digits, - and _, and do not begin with kontena-; values have up to 255 characters',
    })
  }
  return {
    ...batch.tags,
    ...ownershipLabels(batch.owner, batch.order),
    [labelKeys.token]: batch.token,
    [labelKeys.node]: node,
  }
}

/** As UpCloud's Terraform provider checks them. */
function isUsable(key: string, value: string): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9_-]{1,31}$/.test(key) && !/^kontena-/i.test(key) && value.length <= 255
  )
}
