import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { searchPath } from '../machine/script.ts'
import { BootProblem } from './problem.ts'

const run = promisify(execFile)
export const qemu = 'qemu-system-x86_64'
const qemuImage = 'qemu-img'
/** The first that connects interfaces to sockets by `-netdev stream`. */
const oldest = [7, 2] as const
const patience = 30_000
const installing =
  'install qemu, on Debian and Ubuntu: apt install --no-install-recommends qemu-system-x86 qemu-utils'

/** @throws BootProblem where qemu is missing or too old */
export async function checkPrograms(): Promise<void> {
  const text = await runProgram(qemu, ['--version'])
  await runProgram(qemuImage, ['--version'])
  const [, major = '0', minor = '0'] = /version (\d+)\.(\d+)/.exec(text) ?? []
  const isOld =
    Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1])
  if (!isOld) return
  throw new BootProblem(
    `${qemu} here is ${major}.${minor}; machines need ${oldest.join('.')} or newer`,
    installing,
  )
}

/** Runs qemu's tool for disk images. @throws BootProblem with what it says */
export function runQemuImage(argv: readonly string[]): Promise<string> {
  return runProgram(qemuImage, argv)
}

async function runProgram(name: string, argv: readonly string[]): Promise<string> {
  try {
    const env = { PATH: searchPath(), LANG: 'C.UTF-8' }
    return (await run(name, [...argv], { env, timeout: patience })).stdout
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (isMissing) throw new BootProblem(`${name} is not installed`, installing, { cause })
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new BootProblem(
      `${name} failed: ${said.split('\n').at(-1) || 'it says nothing'}`,
      `run \`${[name, ...argv].join(' ')}\` to see why`,
      { cause },
    )
  }
}
