import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { type Call, ProvisionError } from '@kontena/core'
import { runVagrant } from './run-vagrant.ts'

/** Plug-ins without which Vagrant does not know a provider; it brings the others itself. */
const plugins: Readonly<Record<string, string>> = {
  libvirt: 'vagrant-libvirt',
  parallels: 'vagrant-parallels',
  qemu: 'vagrant-qemu',
  utm: 'vagrant_utm',
  vmware_desktop: 'vagrant-vmware-desktop',
}
/** Makes containers, in which there is no Docker of their own. */
const unfit = new Set(['docker'])
const patience = 60_000

export interface PlatformChoice {
  /** As the option says; looked for where undefined. */
  readonly wanted: string | undefined
  readonly emulated: boolean
  /** A folder without a Vagrantfile. */
  readonly folder: string
}

/**
 * Finds what Vagrant can make machines with here, and that it is ready to. Throws `NOT_SUPPORTED` with the
 * command that mends it.
 */
export async function choosePlatform(choice: PlatformChoice, call: Call): Promise<string> {
  const { wanted, folder } = choice
  const installed = await listPlugins(folder, call)
  const provider = wanted ?? (await detect(installed, call))
  if (unfit.has(provider)) {
    throw new ProvisionError('NOT_SUPPORTED', `--vagrant-provider ${provider} makes no machines`, {
      hint: 'choose virtualbox or libvirt',
    })
  }
  if (choice.emulated && provider !== 'libvirt') {
    throw new ProvisionError('BAD_OPTIONS', `--emulated is not for ${provider}`, {
      hint: 'add --vagrant-provider libvirt',
    })
  }
  const plugin = plugins[provider]
  if (plugin !== undefined && !installed.includes(plugin)) throw pluginMissing(provider, plugin)
  if (provider === 'virtualbox') await checkVirtualbox(call)
  if (provider === 'libvirt') await checkLibvirt(choice.emulated)
  return provider
}

async function listPlugins(folder: string, { signal }: Call): Promise<string[]> {
  const what = "list Vagrant's plug-ins"
  const { lines } = await runVagrant(['plugin', 'list'], {
    folder,
    what,
    timeout: patience,
    signal,
  })
  return lines.flatMap(({ type, data }) => (type === 'plugin-name' ? (data[0] ?? []) : []))
}

/** VirtualBox before libvirt, as Vagrant has it. */
async function detect(installed: readonly string[], call: Call): Promise<string> {
  if ((await askVirtualbox(['--version'], call)) !== undefined) return 'virtualbox'
  const found = Object.entries(plugins).find(([, plugin]) => installed.includes(plugin))
  if (found !== undefined) return found[0]
  throw new ProvisionError('NOT_SUPPORTED', 'Vagrant has nothing here to make machines with', {
    hint: 'install VirtualBox (virtualbox.org), or libvirt and: vagrant plugin install vagrant-libvirt',
  })
}

async function checkVirtualbox(call: Call): Promise<void> {
  const version = await askVirtualbox(['--version'], call)
  if (version === undefined) {
    throw new ProvisionError('NOT_SUPPORTED', 'there is no VirtualBox on this computer', {
      hint: 'install it (virtualbox.org), or choose another with --vagrant-provider',
    })
  }
  if (/vboxdrv|kernel module/i.test(version)) {
    throw new ProvisionError('NOT_SUPPORTED', "VirtualBox's kernel module is not loaded", {
      hint: 'load it with: sudo modprobe vboxdrv',
    })
  }
  const host = await askVirtualbox(['list', 'hostinfo'], call)
  if (/HW virtualization: no/i.test(host ?? '')) {
    throw new ProvisionError('NOT_SUPPORTED', 'this computer has no hardware virtualization', {
      hint: 'turn on VT-x or AMD-V in its firmware',
    })
  }
}

/** What VBoxManage says; undefined where there is none. It tells of a missing module in its version. */
async function askVirtualbox(
  args: readonly string[],
  { signal }: Call,
): Promise<string | undefined> {
  try {
    const options = { signal, timeout: patience }
    const { stdout, stderr } = await promisify(execFile)('VBoxManage', args, options)
    return `${stdout}${stderr}`
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** One daemon for all, or one for each kind of machine, as newer distributions have it. */
const libvirtSockets = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock']

async function checkLibvirt(emulated: boolean): Promise<void> {
  const sockets = socketsHere(process.env.LIBVIRT_DEFAULT_URI ?? 'qemu:///system')
  if (process.platform !== 'linux' || sockets === undefined) return
  const answers = await Promise.all(sockets.map(reach))
  if (!answers.includes('open')) throw libvirtClosed(answers.includes('EACCES'))
  if (emulated) return
  try {
    accessSync('/dev/kvm', constants.F_OK)
  } catch (error) {
    throw new ProvisionError('NOT_SUPPORTED', 'this computer has no KVM (/dev/kvm is not there)', {
      hint: 'turn on VT-x or AMD-V in its firmware and load the module kvm_intel or kvm_amd; or add --emulated, which is slow',
      cause: error,
    })
  }
}

/** Where libvirt listens on this computer; undefined for one that is elsewhere, which is Vagrant's to reach. */
function socketsHere(uri: string): readonly string[] | undefined {
  const socket = URL.parse(uri)?.searchParams.get('socket')
  if (socket !== null && socket !== undefined) return [socket]
  return uri === 'qemu:///system' ? libvirtSockets : undefined
}

function reach(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve('open')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'closed'))
  })
}

function libvirtClosed(isForbidden: boolean): ProvisionError {
  if (isForbidden) {
    return new ProvisionError('NOT_SUPPORTED', 'libvirt does not admit you', {
      hint: 'join its group with: sudo usermod -aG libvirt "$USER", and log in anew',
    })
  }
  return new ProvisionError('NOT_SUPPORTED', 'libvirt does not run on this computer', {
    hint: 'start it with: sudo systemctl start libvirtd',
  })
}

function pluginMissing(provider: string, plugin: string): ProvisionError {
  return new ProvisionError('NOT_SUPPORTED', `Vagrant lacks the plug-in for ${provider}`, {
    hint: `install it with: vagrant plugin install ${plugin}`,
  })
}
