/**
 * Why the master closes an agent's WebSocket. The numbers are those of the 1.5 protocol.
 * `exit` tells whether the agent's process ends (its service manager starts it again) or reconnects.
 */
export const closeCodes = {
  missingIdentity: { code: 4000, exit: false },
  invalidGridToken: { code: 4001, exit: true },
  invalidNodeToken: { code: 4002, exit: false },
  tokenOfOtherNode: { code: 4003, exit: false },
  missingToken: { code: 4004, exit: false },
  nodeNeedsNodeToken: { code: 4005, exit: false },
  nodeIdTaken: { code: 4006, exit: false },
  incompatibleVersion: { code: 4010, exit: true },
  clockSkew: { code: 4020, exit: false },
  pingTimeout: { code: 4030, exit: false },
  disconnected: { code: 4031, exit: false },
  removed: { code: 4040, exit: true },
  replacedByNewConnection: { code: 4041, exit: true },
} as const satisfies Record<string, { code: number; exit: boolean }>

export type CloseReason = keyof typeof closeCodes

const exitCodes: ReadonlySet<number> = new Set(
  Object.values(closeCodes).flatMap(({ code, exit }) => (exit ? [code] : [])),
)

/** Whether an agent ends its process after being closed with this code. */
export function endsAgent(code: number): boolean {
  return exitCodes.has(code)
}
