/** A public disk image that servers are cloned from; it has one UUID in all zones. */
export interface Template {
  readonly uuid: string
  readonly title: string
  /** `cloud-init` images need the metadata service and take SSH keys only. */
  readonly type: 'cloud-init' | 'native'
  /** GiB; no clone may be smaller. */
  readonly size: number
}

export const templates: readonly Template[] = [
  {
    uuid: '01000000-0000-4000-8000-000020060100',
    title: 'Debian GNU/Linux 11 (Bullseye)',
    type: 'native',
    size: 3,
  },
  {
    uuid: '01000000-0000-4000-8000-000020070100',
    title: 'Debian GNU/Linux 12 (Bookworm)',
    type: 'cloud-init',
    size: 3,
  },
  {
    uuid: '01000000-0000-4000-8000-000020080100',
    title: 'Debian GNU/Linux 13 (Trixie)',
    type: 'cloud-init',
    size: 3,
  },
  {
    uuid: '01000000-0000-4000-8000-000030220200',
    title: 'Ubuntu Server 22.04 LTS (Jammy Jellyfish)',
    type: 'cloud-init',
    size: 4,
  },
  {
    uuid: '01000000-0000-4000-8000-000030240200',
    title: 'Ubuntu Server 24.04 LTS (Noble Numbat)',
    type: 'cloud-init',
    size: 4,
  },
]

export function findTemplate(uuid: string): Template | undefined {
  return templates.find((template) => template.uuid === uuid)
}
