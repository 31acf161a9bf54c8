import { access, constants } from 'node:fs/promises'

/**
 * KVM where the processor virtualises itself. A host that is itself a guest may show `/dev/kvm` without
 * that, by a module that no usual kernel boots on, so the two real modules are asked for too.
 */
export async function chooseAccelerator(root = '/'): Promise<'kvm' | 'tcg'> {
  const modules = await Promise.all(
    ['kvm_intel', 'kvm_amd'].map((name) => can(`${root}sys/module/${name}`, constants.F_OK)),
  )
  const isOpen = await can(`${root}dev/kvm`, constants.R_OK | constants.W_OK)
  return isOpen && modules.includes(true) ? 'kvm' : 'tcg'
}

function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}
