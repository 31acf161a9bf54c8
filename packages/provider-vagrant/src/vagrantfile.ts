import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Handlebars from 'handlebars'

/** What a Vagrantfile of ours says of its one machine. */
export interface MachineSpec {
  /** What it is, in a person's words, as in `node web-1 of grid demo`; one line. */
  readonly title: string
  /** Name inside the Vagrantfile, and the end of the VM's own. */
  readonly name: string
  /** Before {@link name}, so that the VM's name is nobody else's. */
  readonly prefix: string
  /** Name of a box that is there, as {@link ensureBox} gives it. */
  readonly box: string
  /** Vagrant's provider, as in `virtualbox`. */
  readonly provider: string
  /** MiB. */
  readonly memory: number
  readonly cpus: number
  /** On the host-only network; given by DHCP where undefined. */
  readonly address: string | undefined
  /** The processor is emulated by qemu. libvirt only. */
  readonly emulated: boolean
  /** Ports of this computer's loopback that lead into the machine. */
  readonly forwards: readonly { readonly guest: number; readonly host: number }[]
  /** Copied to `/var/tmp/kontena/<to>`; files, or folders with all in them. */
  readonly uploads: readonly { readonly from: string; readonly to: string }[]
  /** Shell script that root runs once, after that. */
  readonly script: string
  /** File that machines of this computer share, to start one after the other where they must. */
  readonly lock: string
}

type Render = (values: Readonly<Record<string, unknown>>) => string

let render: Render | undefined

/** Text of the Vagrantfile. Whatever stands in it is a string of Ruby's without interpolation, or a number. */
export function renderVagrantfile(spec: MachineSpec): string {
  render ??= openTemplate()
  if (/[\r\n]/.test(spec.title)) throw new Error('a title is one line')
  return render({
    ...spec,
    vmName: `${spec.prefix}${spec.name}`,
    network: networkName(spec.address),
    isVirtualbox: spec.provider === 'virtualbox',
    isLibvirt: spec.provider === 'libvirt',
  })
}

/** libvirt's networks have names, and all machines of one /24 share it. */
function networkName(address: string | undefined): string {
  return `kontena-${(address ?? '').split('.').slice(0, 3).join('-')}`
}

function openTemplate(): Render {
  const environment = Handlebars.create()
  environment.registerHelper('ruby', quoteForRuby)
  environment.registerHelper('concat', (start: string, end: string) => `${start}${end}`)
  const { resolve } = createRequire(import.meta.url)
  const text = readFileSync(resolve('@kontena/templates/vagrant/Vagrantfile.hbs'), 'utf8')
  return environment.compile(text, { noEscape: true, strict: true })
}

/** Between single quotes, Ruby knows no escapes but these two. */
function quoteForRuby(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new Error('a value of the Vagrantfile has a control character')
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
