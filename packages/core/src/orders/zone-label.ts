import { labelValue, mergeLabels, type Node } from '@kontena/protocol'
import type { Call } from '../provider.ts'
import type { Scope } from './scope.ts'

/** A cloud may place a machine elsewhere than asked: the label is what the cloud says. Others stay. */
export async function correctZoneLabel(
  { name, labels }: Node,
  zone: string,
  { scope, call }: { scope: Scope; call: Call },
): Promise<void> {
  if (labelValue(labels, 'az') === zone) return
  const corrected = { labels: mergeLabels(labels, [`az=${zone}`]) }
  await scope.master.updateNode(scope.owner.grid, name, corrected, call.signal)
}
