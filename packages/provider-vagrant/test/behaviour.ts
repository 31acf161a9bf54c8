/** How the double of `vagrant` behaves, by its subcommands' names. */
export interface Behaviour {
  readonly version: string
  readonly plugins: readonly string[]
  /** Subcommands that fail, as in `up` or `box add`, and what they say. */
  readonly failures: Readonly<
    Record<string, { name: string; message: string; said?: readonly string[] }>
  >
  /** Subcommands that do not come to an end. */
  readonly hangs: readonly string[]
  /** `up` does not end when it is told to. */
  readonly stubborn: boolean
  /** The provider's word for a machine that is off. */
  readonly off: string
}

export const usualBehaviour: Behaviour = {
  version: 'Vagrant 2.3.4',
  plugins: ['vagrant-libvirt'],
  failures: {},
  hangs: [],
  stubborn: false,
  off: 'shutoff',
}
