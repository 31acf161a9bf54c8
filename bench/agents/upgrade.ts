import type { AgentIdentity } from './identity.ts'

/** The request with which an agent of this version asks for its WebSocket. */
export function upgradeRequest(host: string, { nodeId, name, token }: AgentIdentity): string {
  const headers = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'Kontena-Node-Id': nodeId,
    'Kontena-Node-Name': name,
    'Kontena-Version': '2.0.0',
    'Kontena-Node-Labels': '',
    'Kontena-Connected-At': new Date().toISOString().replace('T', ' ').replace('Z', '000000Z'),
    [token.kind === 'node' ? 'Kontena-Node-Token' : 'Kontena-Grid-Token']: token.secret,
  }
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}\r\n`)
  return `GET / HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** What came after an upgrade was asked for. `rest` is what the master has said since. */
export type UpgradeAnswer =
  | { outcome: 'upgraded'; rest: Buffer }
  /** The close code that the refusal stands for; undefined where it names none. */
  | { outcome: 'refused'; status: number; closeCode: number | undefined }

/** Undefined as long as the answer's head is not complete. */
export function readAnswer(bytes: Buffer): UpgradeAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = bytes.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  if (status === 101) return { outcome: 'upgraded', rest: bytes.subarray(end + 4) }
  const code = /^kontena-close: (\d+)$/im.exec(head)?.[1]
  return { outcome: 'refused', status, closeCode: code === undefined ? undefined : Number(code) }
}
