import type { GridLogs } from '@kontena/protocol'
import type { Actor, GridRecord, UserRecord } from './records.ts'

export interface NewGrid {
  readonly name: string
  readonly token: string
  readonly tokenHash: string
  readonly initialSize: number
  readonly subnet: string
  readonly supernet: string
  readonly defaultAffinity: readonly string[]
  readonly trustedSubnets: readonly string[]
  readonly statsd?: { readonly server: string; readonly port: number } | undefined
  readonly logs?: GridLogs | undefined
}

/** What of a grid may be changed; what is absent stays, undefined clears. */
export type GridChange = Partial<
  Pick<NewGrid, 'defaultAffinity' | 'trustedSubnets' | 'statsd' | 'logs'>
>

export interface GridStore {
  /** By name; only those the user is a member of where one is given. */
  grids(memberId?: string): Promise<GridRecord[]>
  grid(name: string): Promise<GridRecord | undefined>
  gridByToken(tokenHash: string): Promise<GridRecord | undefined>
  /** The actor's user becomes a member. */
  createGrid(
    grid: NewGrid,
    actor: Actor,
    now: Date,
  ): Promise<GridRecord | 'name-taken' | 'token-taken'>
  removeGrid(name: string, actor: Actor, now: Date): Promise<'removed' | 'missing' | 'has-nodes'>
  /** Users of a grid, by e-mail address. */
  members(grid: string): Promise<UserRecord[]>
  /** A member already, or no such grid or user: nothing happens. */
  addMember(grid: string, userId: string, actor: Actor, now: Date): Promise<void>
  /** Undefined for no such grid. */
  updateGrid(
    name: string,
    change: GridChange,
    actor: Actor,
    now: Date,
  ): Promise<GridRecord | undefined>
  /** `last`: a grid keeps one member at least. */
  removeMember(
    grid: string,
    userId: string,
    actor: Actor,
    now: Date,
  ): Promise<'removed' | 'missing' | 'last'>
}
