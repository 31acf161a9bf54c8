import { readTrust, type Trust } from '../connection/trust.ts'
import { readEnvironment, type Settings, type Variables } from '../environment.ts'
import type { Write } from '../log.ts'
import { type Places, usualPlaces } from '../places.ts'
import { reasonOf } from '../reason-of.ts'
import { examineHost } from './examine-host.ts'
import { examineMaster, examineUpgrade } from './examine-master.ts'
import { examineTls } from './examine-tls.ts'
import { examineName, examinePort, placeOf } from './examine-way.ts'
import { type Finding, printFindings } from './finding.ts'

export interface DoctorOptions {
  readonly write: Write
  /** One object for programs in place of lines for people. */
  readonly json: boolean
  readonly places?: Partial<Places>
  /** Milliseconds for each thing that is asked. */
  readonly patience?: number
}

/**
 * Looks at all that an agent with these variables needs, without being one: the agent that runs here stays
 * what it is. Resolves to the exit code, 1 where something fails.
 */
export async function runDoctor(environment: Variables, options: DoctorOptions): Promise<number> {
  const findings = await examine(environment, options)
  const isWell = findings.every(({ level }) => level !== 'fail')
  options.write(
    options.json ? `${JSON.stringify({ ok: isWell, findings })}\n` : printFindings(findings),
  )
  return isWell ? 0 : 1
}

async function examine(
  environment: Variables,
  { places = {}, patience = 5000 }: DoctorOptions,
): Promise<Finding[]> {
  const read = readEnvironment(environment)
  if ('problems' in read) return read.problems.map(wrongVariable)
  const { settings, warnings } = read
  const signal = AbortSignal.timeout(10 * patience)
  const [way, host] = await Promise.all([
    examineWay(settings, patience),
    examineHost(settings, { ...usualPlaces(environment), ...places }, signal),
  ])
  return [...describeSettings(settings), ...warnings.map(doubtfulVariable), ...way, ...host]
}

function wrongVariable(problem: string): Finding {
  const next = 'put it right where the agent gets its variables, as in /etc/kontena-agent.env'
  return { name: 'environment', level: 'fail', message: problem, next }
}

function doubtfulVariable(message: string): Finding {
  return { name: 'environment', level: 'warn', message, next: 'check how it is written' }
}

function describeSettings({ url, token, nodeName }: Settings): Finding[] {
  const whose = token.kind === 'node' ? 'of this node' : 'of the grid'
  const message = `${nodeName} at ${url}, with the token ${whose}`
  return [{ name: 'environment', level: 'ok', message }]
}

/** One step after the other, as none can do without those before. */
async function examineWay(settings: Settings, milliseconds: number): Promise<Finding[]> {
  const trust = await trustOf(settings)
  if ('level' in trust) return [trust]
  const { url } = settings
  const place = placeOf(url)
  const steps = [
    () => examineName(place, milliseconds),
    () => examinePort(place, milliseconds),
    () => examineTls(place, { settings, trust, milliseconds }),
    () => examineMaster({ url, trust, milliseconds }),
    () => examineUpgrade({ url, trust, milliseconds }),
  ]
  const findings: Finding[] = []
  for (const step of steps) {
    findings.push(...[await step()].flat())
    // A wrong clock does not stand in the way.
    if (findings.some(({ level, name }) => level === 'fail' && name !== 'clock')) break
  }
  return findings
}

async function trustOf({ trust }: Settings): Promise<Trust | Finding> {
  try {
    return await readTrust(trust)
  } catch (error) {
    const next = 'mount it into the container, or take the variable away'
    return { name: 'TLS', level: 'fail', message: reasonOf(error), next }
  }
}
