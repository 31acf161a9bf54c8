/** What a cloud is like from the beginning. */
export type Climate =
  /** A new machine is missing from lists, and cannot be asked for, for so many milliseconds. */
  | { readonly kind: 'late-lists'; readonly milliseconds: number }
  /** Machines that are gone stay in lists for so many milliseconds, or longer. */
  | { readonly kind: 'lingering'; readonly milliseconds: number }
  /** Operations that the cloud answers before they are done take so much longer. */
  | { readonly kind: 'slow-operations'; readonly milliseconds: number }
  /** Lists come in pages of so many, where the caller does not insist on more. */
  | { readonly kind: 'small-pages'; readonly size: number }

/** What happens to a cloud on a bad day, from now on. */
export type Incident =
  /** The zone has room for so many more machines. */
  | { readonly kind: 'no-capacity'; readonly zone: string; readonly room: number }
  /** The account may have so many more machines. */
  | { readonly kind: 'quota'; readonly room: number }
  /** The next so many machines end, or fail for good, before they run. */
  | { readonly kind: 'boot-failure'; readonly times: number }
  /** Taking a machine away takes so much longer. */
  | { readonly kind: 'slow-termination'; readonly milliseconds: number }
  /** The next so many attempts to remove what machines shared are refused, as something holds on to it. */
  | { readonly kind: 'held'; readonly times: number }
  /** What machines share, of all grids, is gone: somebody else took it away. */
  | { readonly kind: 'shared-vanished' }

/** What a fact may ask of a cloud; not every cloud can be in every condition. */
export type Condition =
  | Climate['kind']
  | Incident['kind']
  /** It says how long to wait when it takes no more requests. */
  | 'retry-after'
