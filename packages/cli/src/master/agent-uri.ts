import type { MasterSession } from './master-session.ts'

/** Where agents connect: the master's public URL, or the one this command uses, as a WebSocket's. */
export async function agentUri(session: MasterSession, signal: AbortSignal): Promise<string> {
  const info = await session.client.info(signal)
  return (info.public_url ?? session.url).replace(/^http/, 'ws').replace(/\/+$/, '')
}
