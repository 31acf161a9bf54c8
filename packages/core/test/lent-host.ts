import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type BootstrapOptions, renderBootstrap } from '../src/bootstrap.ts'
import { networkPolicy } from '../src/network-policy.ts'
import { optionsFor } from './bootstrap-booted.ts'
import { findProgram, makeFolder } from './bootstrap-machine.ts'
import type { MasterDouble } from './bootstrap-master.ts'

/** Programs that work on files only, and so may be the real ones. */
const realPrograms = [
  ...[
    'od',
    'sync',
    'mv',
    'rm',
    'mkdir',
    'ln',
    'sha256sum',
    'cat',
    'cp',
    'chmod',
    'base64',
    'sort',
    'tr',
  ],
  ...['timeout', 'flock', 'curl', 'touch', 'grep'],
]

/** Programs that would change the system. What they know of it are files in folders named after it. */
const fakePrograms: Readonly<Record<string, string>> = {
  sleep: '',
  systemctl: `
    for unit; do :; done
    case $* in
      'is-active --quiet '*) [ -f "$active/$unit" ] ;;
      'is-active '*) if [ -f "$active/$unit" ]; then echo active; else echo inactive; exit 3; fi ;;
      'cat '*) [ -f "$known/$unit" ] ;;
      'enable --now '* | 'restart '*) touch "$active/$unit" ;;
      *'disable --now '*) rm -f "$active/$unit" ;;
    esac`,
  sysctl: `
    case $1 in
      -n) cat "$kernel/$2" ;;
      *) case $2 in
          --load) while read -r key _ value; do echo "$value" > "$kernel/$key"; done < "$3" ;;
          --write) echo "\${3#*=}" > "$kernel/\${3%%=*}" ;;
        esac ;;
    esac`,
  docker: `
    case $* in
      'rm -f kontena-agent') rm -f "$containers/kontena-agent" ;;
      'ps '*) if [ -f "$containers/kontena-agent" ]; then echo 0123456789ab; fi ;;
      'image inspect '*) grep -Fqx "$3" "$root/images" ;;
      'rmi '*) grep -Fvx "$2" "$root/images" > "$root/images.new"; mv "$root/images.new" "$root/images" ;;
    esac`,
  nft: `
    case $1 in
      list) [ -f "$root/table" ] ;;
      delete) rm "$root/table" ;;
    esac`,
}

/** What apt puts on a host of Ubuntu or Debian. */
const aptPrograms: Readonly<Record<string, string>> = {
  'apt-get': `case $* in *docker.io*) cp "$KONTENA_PROGRAMS/later/docker" "$KONTENA_PROGRAMS/docker" ;; esac`,
  'apt-cache': '',
  'dpkg-query': 'case $* in *ca-certificates) echo "install ok installed" ;; esac',
}

const folders = 'root=$KONTENA_ROOT active=$root/active known=$root/known kernel=$root/kernel'
const settings = `${folders} containers=$root/containers`

export interface HostFacts {
  /** `running` unless said otherwise. */
  docker?: 'running' | 'asleep' | 'missing'
  /** Flatcar has none. */
  apt?: boolean
  nft?: boolean
  /** Files that are there before. */
  files?: Readonly<Record<string, string>>
}

export const keys = [
  'fs.inotify.max_user_instances',
  'fs.inotify.max_user_watches',
  'vm.max_map_count',
]

/** A scratch folder that stands for a host that was there before us; gone with the test. */
export function lentHost(facts: HostFacts = {}) {
  const root = makeFolder()
  const programs = makeFolder()
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const pretend = (name: string, script: string): void => {
    const text = `#!/bin/sh\n${settings}\necho "${name} $*" >> "$root/calls"\n${script}\n`
    // Writing through a link would write the machine's own program.
    rmSync(join(programs, name), { force: true })
    writeFileSync(join(programs, name), text, { mode: 0o755 })
  }
  mkdirSync(join(programs, 'later'))
  for (const name of realPrograms) symlinkSync(findProgram(name), join(programs, name))
  for (const [name, script] of Object.entries(fakesOf(facts))) pretend(name, script)
  for (const [path, content] of Object.entries(filesOf(facts))) write(path, content)
  const environment = {
    PATH: programs,
    KONTENA_ROOT: root,
    KONTENA_PROGRAMS: programs,
    KONTENA_MACHINE_ID: 'host.example.com:22',
  }
  return {
    root,
    write,
    pretend,
    lose: (name: string) => rmSync(join(programs, name)),
    read: (path: string) => readFileSync(join(root, path), 'utf8'),
    has: (path: string) => existsSync(join(root, path)),
    mode: (path: string) => (statSync(join(root, path)).mode & 0o777).toString(8),
    calls: () => readFileSync(join(root, 'calls'), 'utf8').replaceAll(root, '').trim().split('\n'),
    /** Every file of the host with its content, but what the doubles write down. */
    state: () => stateOf(root),
    run: (script: string, variables: Record<string, string> = {}) => {
      const file = join(programs, 'script')
      writeFileSync(file, script)
      return execute(file, { ...environment, ...variables })
    },
    /** The program that the script left on the host. */
    remove: () => execute(join(root, 'opt/kontena/remove'), environment),
  }
}

function fakesOf({ docker, apt = true, nft = true }: HostFacts): Record<string, string> {
  const { docker: dockerScript = '', nft: nftScript = '', ...always } = fakePrograms
  return {
    ...always,
    ...(apt ? aptPrograms : {}),
    ...(nft ? { nft: nftScript } : {}),
    [docker === 'missing' ? 'later/docker' : 'docker']: dockerScript,
  }
}

function filesOf({ docker = 'running', files }: HostFacts): Record<string, string> {
  return {
    'run/systemd/system/there': '',
    'etc/systemd/system/ssh.service': '',
    'etc/sysctl.d/10-theirs.conf': '',
    ...Object.fromEntries(keys.map((key) => [`kernel/${key}`, '128\n'])),
    images: 'postgres:17\n',
    'containers/postgres': '',
    'active/ssh.service': '',
    calls: '',
    ...(docker === 'missing' ? {} : { 'known/docker.service': '' }),
    ...(docker === 'running' ? { 'active/docker.service': '' } : {}),
    ...files,
  }
}

function stateOf(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(
    paths
      .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')] as const)
      .filter(([path]) => path !== 'calls' && path !== 'run/kontena-script.lock'),
  )
}

const failed = z.object({ code: z.number() })

function execute(file: string, env: Record<string, string>) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile('/bin/sh', [file], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : failed.parse(error).code, stdout, stderr })
    })
  })
}

/** What an order gives a host that is reached by SSH. */
export function scriptFor(master: MasterDouble, changes: Partial<BootstrapOptions> = {}): string {
  const firewall = { policy: networkPolicy(), network: ['10.0.0.0/20'], metadataServices: [] }
  const options = optionsFor(master, {
    names: ['web-1'],
    identity: {},
    provider: 'ssh',
    format: 'script',
    firewall,
    limit: { bytes: 1_000_000, gzip: false },
    ...changes,
  })
  return Buffer.from(renderBootstrap(options)).toString()
}
