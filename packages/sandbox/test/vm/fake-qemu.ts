import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { onTestFinished, vi } from 'vitest'

/**
 * Stands for qemu: writes down how it was started, prints on the serial console, and listens at its monitor
 * for the power button.
 */
const qemu = `
const { appendFileSync } = require('node:fs')
const { createServer } = require('node:net')
const argv = process.argv.slice(2)
if (argv[0] === '--version') {
  console.log('QEMU emulator version ' + VERSION + ' (fake)')
  process.exit()
}
const valueOf = (flag) => argv[argv.indexOf(flag) + 1]
const log = /path=([^,]*)/.exec(valueOf('-chardev'))[1]
appendFileSync(log, 'booted\\n')
const note = () =>
  appendFileSync(NOTES, JSON.stringify({ pid: process.pid, argv, environment: process.env }) + '\\n')
if (FAILS) {
  note()
  console.error('could not set up the machine')
  process.exit(1)
}
console.error('warning: hub 0 with no nics')
createServer((socket) => {
  socket.write('{"QMP":{"version":{}}}\\r\\n')
  socket.on('data', (text) => {
    for (const line of String(text).trim().split('\\n')) {
      const { execute } = JSON.parse(line)
      socket.write('{"event":"NICE"}\\r\\n{"return":{}}\\r\\n')
      if (execute !== 'system_powerdown') continue
      appendFileSync(log, 'power button\\n')
      if (!DEAF) setTimeout(() => process.exit(0), 20)
    }
  })
}).listen(/unix:([^,]*)/.exec(valueOf('-qmp'))[1], note)
`

const image = `
const { writeFileSync } = require('node:fs')
const [command, ...argv] = process.argv.slice(2)
if (command === '--version') console.log('qemu-img version (fake)')
if (command === 'info') console.log(JSON.stringify({ 'virtual-size': 2 ** 31 }))
if (command === 'create') writeFileSync(argv.at(-2), argv.join(' '))
`

export interface FakeQemuOptions {
  readonly version?: string
  /** It does not listen to the power button. */
  readonly isDeaf?: boolean
  /** It ends as soon as it is started. */
  readonly fails?: boolean
}

/** One start of the fake. */
export interface Started {
  readonly pid: number
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** Puts fakes of qemu's two programs first on the path, and makes an image to boot from. */
export function fakeQemu(options: FakeQemuOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-qemu-'))
  const notes = join(folder, 'notes')
  const values = {
    NOTES: notes,
    VERSION: options.version ?? '8.2.0',
    DEAF: options.isDeaf ?? false,
    FAILS: options.fails ?? false,
  }
  const settings = Object.entries(values).map(
    ([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`,
  )
  writeProgram(join(folder, 'qemu-system-x86_64'), settings.join('') + qemu)
  writeProgram(join(folder, 'qemu-img'), image)
  const disk = join(folder, 'image,1.qcow2')
  writeFileSync(disk, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(600)]))
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    for (const { pid } of starts()) kill(pid)
    rmSync(folder, { recursive: true, force: true })
  })
  const starts = (): readonly Started[] => {
    try {
      const lines = readFileSync(notes, 'utf8').trimEnd().split('\n')
      return lines.map((line) => JSON.parse(line))
    } catch {
      return []
    }
  }
  return { folder, image: disk, starts }
}

function writeProgram(path: string, source: string): void {
  writeFileSync(path, `#!${process.execPath}\n${source}`)
  chmodSync(path, 0o755)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone, as it should be.
  }
}
