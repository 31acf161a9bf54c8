import { type CloseReason, closeCodes } from '@kontena/protocol'

/** What whoever reads the log can do about a close code, where trying again alone will not help. */
const advice: Partial<Record<CloseReason, string>> = {
  invalidGridToken: 'see the token of the grid: kontena grid show --token',
  invalidNodeToken: 'the node was removed, or has another token by now; see: kontena node env NODE',
  tokenOfOtherNode:
    'another machine was this node before; to put this one in its place: kontena node replace NODE',
  nodeNeedsNodeToken: 'give it in KONTENA_NODE_TOKEN; see: kontena node env NODE',
  nodeIdTaken:
    'was this machine made from an image of that node? Then remove /var/lib/docker/engine-id and restart Docker, and set another KONTENA_NODE_ID; if it is that node anew: kontena node rm NODE',
  replacedByNewConnection:
    'a second agent runs as this node, here or on a machine that is a copy of this one: stop one of them. A copy needs another KONTENA_NODE_ID, and a token of its own',
  removed: 'to take the agent off this host, where it was lent: /opt/kontena/remove',
  clockSkew: "set this host's clock",
}

/** Undefined where there is nothing to do but wait. */
export function adviceFor(code: number): string | undefined {
  for (const [reason, { code: known }] of Object.entries(closeCodes)) {
    if (known === code && isAdvised(reason)) return advice[reason]
  }
  return undefined
}

function isAdvised(reason: string): reason is keyof typeof advice {
  return Object.hasOwn(advice, reason)
}
