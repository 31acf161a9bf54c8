import { createHmac, randomBytes } from 'node:crypto'
import type { CloudReply, Endpoint } from '../../server.ts'
import { computeVersions } from '../api-versions.ts'
import type { VirtualMachine } from '../resources.ts'
import { type Answer, type Call, inGroup, type Route } from '../route.ts'
import { conflict } from '../wire/errors.ts'
import type { World } from '../world.ts'
import { findMachine } from './find.ts'
import { viewInstance } from './view.ts'

/** Signs addresses of this sandbox's storage, so that nobody reads a log who was not given its address. */
const key = randomBytes(32)
const path = /^\/bootdiagnostics\/([0-9a-f-]{36})\.serialconsole\.log\?(.*)$/

export const diagnosticsRoutes: readonly Route[] = [
  {
    action: 'virtualMachines.instanceView',
    method: 'GET',
    path: `${inGroup}/providers/Microsoft.Compute/virtualMachines/{name0}/instanceView`,
    apiVersions: computeVersions,
    permission: 'Microsoft.Compute/virtualMachines/instanceView/read',
    run: (call, world) => ({ status: 200, body: viewInstance(findMachine(call, world)) }),
  },
  {
    action: 'virtualMachines.retrieveBootDiagnosticsData',
    method: 'POST',
    path: `${inGroup}/providers/Microsoft.Compute/virtualMachines/{name0}/retrieveBootDiagnosticsData`,
    apiVersions: computeVersions,
    permission: 'Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action',
    run: retrieve,
  },
]

function retrieve(call: Call, world: World): Answer {
  const machine = findMachine(call, world)
  if (machine.properties.diagnosticsProfile?.bootDiagnostics?.enabled !== true) {
    throw conflict(
      'OperationNotAllowed',
      `Boot diagnostics is not enabled for VM '${machine.name}', so its data cannot be retrieved.`,
    )
  }
  const minutes = Number(call.query.get('sasuriexpirationtimeinminutes') ?? 120)
  const expiry = new Date(Date.now() + minutes * 60_000).toISOString()
  const address = `${call.url}/bootdiagnostics/${machine.vmId}`
  const signature = `se=${encodeURIComponent(expiry)}&sp=r&sig=${sign(machine.vmId, expiry)}`
  return {
    status: 200,
    body: {
      consoleScreenshotBlobUri: `${address}.screenshot.bmp?${signature}`,
      serialConsoleLogBlobUri: `${address}.serialconsole.log?${signature}`,
    },
  }
}

function sign(vmId: string, expiry: string): string {
  return createHmac('sha256', key).update(`${vmId} ${expiry}`).digest('base64url')
}

/** Storage that holds serial logs: read with a signed address and nothing else. */
export function openDiagnosticsStorage(world: World): Endpoint {
  return {
    handles: ({ method, target }) => method === 'GET' && target.startsWith('/bootdiagnostics/'),
    async answer({ target }) {
      const [, vmId = '', query = ''] = path.exec(target) ?? []
      const parameters = new URLSearchParams(query)
      const expiry = parameters.get('se') ?? ''
      const isSigned = parameters.get('sig') === sign(vmId, expiry)
      if (!isSigned || new Date(expiry).getTime() < Date.now())
        return refusal(403, 'AuthenticationFailed')
      const machine = world.account.machines.values().find((one) => one.vmId === vmId)
      const log = machine === undefined ? '' : consoleOf(machine)
      if (log === '') return refusal(404, 'BlobNotFound')
      return { status: 200, type: 'text/plain', body: log }
    },
  }
}

function consoleOf(machine: VirtualMachine): string {
  return machine.consoleSnapshot ?? machine.machine.console()
}

function refusal(status: number, code: string): CloudReply {
  return {
    status,
    type: 'application/xml',
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  }
}
