import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Cloud = 'aws' | 'azure' | 'digitalocean' | 'upcloud'

/**
 * The cloud that made this machine, by what its firmware says (dmidecode(8)), which is how cloud-init finds
 * out as well. Nobody is asked for it: elsewhere a stranger could answer at a metadata service's address.
 */
export async function cloudOfHost(sys: string): Promise<Cloud | undefined> {
  const read = async (name: string): Promise<string> => {
    const text = await readFile(join(sys, 'class/dmi/id', name), 'utf8').catch(() => '')
    return text.trim()
  }
  const vendor = await read('sys_vendor')
  if (vendor === 'Amazon EC2') return 'aws'
  if (vendor === 'DigitalOcean') return 'digitalocean'
  if (vendor === 'UpCloud') return 'upcloud'
  if ((await read('chassis_asset_tag')) === azureTag) return 'azure'
  // Instances on Xen, the older ones, name it here only.
  return (await read('bios_version')).toLowerCase().includes('amazon') ? 'aws' : undefined
}

/** Azure's own, on each of its machines; other machines of Hyper-V have another. */
const azureTag = '7783-7084-3265-9085-8269-3286-77'
