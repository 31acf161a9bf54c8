/**
 * Stands for `vagrant` in tests, as a program of its own: says what Vagrant 2.3.4 says, and keeps its VMs in
 * a folder that FAKE_VAGRANT names, where the tests also write how it is to behave.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour } from './behaviour.ts'

const folder = process.env.FAKE_VAGRANT ?? ''
const behaviour: Behaviour = JSON.parse(readFileSync(join(folder, 'behaviour.json'), 'utf8'))
const args = process.argv.slice(2).filter((word) => word !== '--machine-readable')
const vm = join(
  folder,
  'vms',
  createHash('sha256').update(process.cwd()).digest('hex').slice(0, 16),
)
const name = existsSync('Vagrantfile')
  ? (/config\.vm\.define '(.*)'/.exec(readFileSync('Vagrantfile', 'utf8'))?.[1] ?? 'default')
  : ''

mkdirSync(join(folder, 'vms'), { recursive: true })
appendFileSync(join(folder, 'calls'), `${JSON.stringify({ args, cwd: process.cwd() })}\n`)
process.exitCode = await run()

async function run(): Promise<number> {
  const command = args.slice(0, args[0] === 'box' ? 2 : 1)
  const failure = behaviour.failures[command.join(' ')] ?? behaviour.failures[args[0] ?? '']
  if (failure !== undefined && args[0] !== 'up') return fail(failure.name, failure.message)
  switch (args[0]) {
    case '--version':
      process.stdout.write(`${behaviour.version}\n`)
      return 0
    case 'plugin':
      for (const plugin of behaviour.plugins) say('', 'plugin-name', plugin)
      return 0
    case 'box':
      return command[1] === 'add' ? addBox() : listBoxes()
    case 'status':
      say(name, 'provider-name', 'libvirt')
      say(name, 'state', state())
      return 0
    case 'up':
      return await up()
    case 'halt':
      return become(behaviour.off)
    case 'reload':
      signalVm('SIGUSR1')
      return become('running')
    case 'destroy':
      if (behaviour.hangs.includes('destroy')) await hang()
      signalVm('SIGTERM')
      rmSync(vm, { force: true })
      return 0
    case 'ssh-config':
      return sshConfig()
    default:
      return fail('Vagrant::Errors::CLIInvalidUsage', `This command was not invoked properly`)
  }
}

async function up(): Promise<number> {
  if (args.includes('--no-provision')) return become('running')
  const ended = new AbortController()
  process.on('SIGINT', () => {
    if (!behaviour.stubborn) ended.abort()
  })
  process.on('SIGTERM', () => {
    if (!behaviour.stubborn) ended.abort()
  })
  say(name, 'metadata', 'provider', 'libvirt')
  say(name, 'ui', 'info', "Bringing machine up with 'libvirt' provider...")
  say(name, 'action', 'up', 'start')
  await until('create', ended.signal)
  if (ended.signal.aborted) return 1
  become('running')
  powerOn()
  await until('boot', ended.signal)
  if (ended.signal.aborted) return 1
  say(name, 'ui', 'detail', `    ${name}: kontena: the machine is up`)
  await until('setup', ended.signal)
  if (ended.signal.aborted) return 1
  const failure = behaviour.failures.up
  if (failure !== undefined) {
    for (const line of failure.said ?? []) say(name, 'ui', 'detail', `    ${name}: ${line}`)
    return fail(failure.name, failure.message)
  }
  say(name, 'action', 'up', 'end')
  return 0
}

/** Where tests give one, a program stands for the VM: it gets its folder, and signals for what befalls it. */
function powerOn(): void {
  const [program, ...words] = (process.env.FAKE_VM ?? '').split('\n')
  if (program === undefined || program === '') return
  const out = openSync(join(process.cwd(), 'vm.log'), 'a')
  const child = spawn(program, [...words, process.cwd()], {
    detached: true,
    stdio: ['ignore', out, out],
  })
  child.unref()
  writeFileSync(`${vm}.pid`, String(child.pid))
}

function signalVm(signal: 'SIGUSR1' | 'SIGTERM'): void {
  if (!existsSync(`${vm}.pid`)) return
  process.kill(Number(readFileSync(`${vm}.pid`, 'utf8')), signal)
}

async function hang(): Promise<void> {
  const told = new AbortController()
  process.on('SIGINT', () => {
    appendFileSync(join(folder, 'interrupted'), `${args[0]}\n`)
    told.abort()
  })
  await sleep(60_000, undefined, { signal: told.signal }).catch(() => undefined)
  process.exit(1)
}

/** Goes no further than tests let it: a step is held while there is a file of its name. */
async function until(step: string, signal: AbortSignal): Promise<void> {
  while (existsSync(join(folder, `hold-${step}`)) && !signal.aborted) {
    await sleep(20, undefined, { signal }).catch(() => undefined)
  }
}

function state(): string {
  return existsSync(vm) ? readFileSync(vm, 'utf8') : 'not_created'
}

function become(word: string): number {
  writeFileSync(vm, word)
  return 0
}

function listBoxes(): number {
  for (const box of boxes()) {
    say('', 'box-name', box.name)
    say('', 'box-provider', box.provider)
    say('', 'box-version', '0')
  }
  return 0
}

function addBox(): number {
  const after = (flag: string): string | undefined => args[args.indexOf(flag) + 1]
  const provider = after('--provider') ?? ''
  const box = args.includes('--name') ? after('--name') : args.at(-1)
  const added = [...boxes(), { name: box ?? '', provider }]
  writeFileSync(join(folder, 'boxes.json'), JSON.stringify(added))
  return 0
}

function boxes(): { name: string; provider: string }[] {
  const file = join(folder, 'boxes.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

function sshConfig(): number {
  say(
    name,
    'ssh-config',
    `Host ${name}\n  HostName 192.168.121.7\n  User vagrant\n  Port 22\n  UserKnownHostsFile /dev/null\n  IdentityFile "${process.cwd()}/.vagrant/private key"\n  IdentityFile /other\n`,
  )
  return 0
}

function fail(error: string, message: string): number {
  say('', 'ui', 'error', message)
  say('', 'error-exit', error, message)
  return 1
}

function say(target: string, type: string, ...data: string[]): void {
  const words = data.map((word) =>
    word.replaceAll(',', '%!(VAGRANT_COMMA)').replaceAll('\n', '\\n').replaceAll('\r', '\\r'),
  )
  process.stdout.write(`1795181320,${target},${type},${words.join(',')}\n`)
}
