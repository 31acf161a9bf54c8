import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** From, protocol, address and port; ESP has no port. */
export type Probe = readonly [
  from: 'outside' | 'peer' | 'box' | 'box2' | 'machine',
  protocol: 'tcp' | 'udp' | 'esp',
  address: string,
  port?: number,
]

export interface LabStep {
  /** What the agent writes into its file of peers before the rules are loaded. */
  readonly peers?: string
  readonly rules?: string
  /** nft is to refuse them. */
  readonly isBroken?: boolean
  readonly probes: readonly Probe[]
}

const program = fileURLToPath(new URL('host-firewall-lab.py', import.meta.url))
/** Where `nft` and `ip` are is not on everybody's path. */
const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
const outcome = z.object({
  answers: z.array(z.array(z.string().nullable())),
  tables: z.array(z.string()),
})

/** Why the lab cannot be built on this computer; undefined where it can. */
export function labProblem(): string | undefined {
  for (const tool of ['nft --version', 'ip -V', 'python3 --version', 'unshare -rnm true']) {
    const [file = '', ...rest] = tool.split(' ')
    try {
      execFileSync(file, rest, { env: environment, stdio: 'pipe' })
    } catch {
      return `${tool} does not work here`
    }
  }
  return undefined
}

/** Loads rules into the kernel, in a namespace of its own; throws with what nft says of them. */
export function loadRules(rules: string): void {
  const command = ['-rn', 'sh', '-c', 'nft -f -']
  execFileSync('unshare', command, { env: environment, input: rules, stdio: 'pipe' })
}

/** Does the steps on a machine in a network of namespaces; gives what answered each probe. */
export async function runLab(steps: readonly LabStep[]) {
  const text = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      'unshare',
      ['-rnm', 'python3', program],
      { env: environment },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))),
    )
    const filled = steps.map((step) => ({
      ...step,
      probes: step.probes.map(([from, protocol, address, port = 0]) => [
        from,
        protocol,
        address,
        port,
      ]),
    }))
    child.stdin?.end(JSON.stringify({ steps: filled }))
  })
  const { answers, tables } = outcome.parse(JSON.parse(text))
  const told = steps.map(({ probes }, step) =>
    Object.fromEntries(
      probes.map((probe, index) => [probe.join(' '), answers[step]?.[index] ?? 'silence']),
    ),
  )
  return { told, tables }
}
