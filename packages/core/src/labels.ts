import { label, labelValue } from '@kontena/protocol'
import { ProvisionError } from './errors.ts'

/** Keys whose values are facts about the machine, so a user's label cannot set them. */
const ownKeys = ['provider', 'az', 'region', 'ephemeral'] as const

/** Where a machine is and what made it, as far as labels say. */
export interface Placement {
  readonly provider: string
  readonly region: string
  readonly zone: string
}

/** The labels a new node gets: facts first, then the provider's own, then the user's. */
export function nodeLabels(
  placement: Placement,
  extra: { ephemeral: boolean; provider: readonly string[]; user: readonly string[] },
): string[] {
  return [
    `provider=${placement.provider}`,
    `az=${placement.zone}`,
    `region=${placement.region}`,
    ...(extra.ephemeral ? ['ephemeral=yes'] : []),
    ...extra.provider.filter(
      (text) => labelValue(extra.user, text.split('=', 1)[0] ?? '') === undefined,
    ),
    ...extra.user,
  ]
}

/** Whether labels say that this provider made the machine, in this region. */
export function isPlacedIn(
  labels: readonly string[],
  { provider, region }: Omit<Placement, 'zone'>,
): boolean {
  return labelValue(labels, 'provider') === provider && labelValue(labels, 'region') === region
}

/** Checks the labels a user gave. Throws `BAD_OPTIONS` naming the first that cannot be. */
export function checkUserLabels(labels: readonly string[]): void {
  for (const text of labels) {
    const problem = label.safeParse(text).error?.issues[0]?.message
    if (problem !== undefined) {
      throw new ProvisionError('BAD_OPTIONS', `label ${JSON.stringify(text)} ${problem}`)
    }
    const key = text.split('=', 1)[0]
    if (ownKeys.some((own) => own === key)) {
      throw new ProvisionError('BAD_OPTIONS', `label ${text} is set by kontena itself`, {
        hint: key === 'ephemeral' ? 'use --ephemeral' : 'leave it out',
      })
    }
  }
}
