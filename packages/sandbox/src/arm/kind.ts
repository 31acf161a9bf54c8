import type { Size } from './catalog/sizes.ts'
import type { Operation } from './operations.ts'
import type { ResourceId } from './resource-id.ts'
import type { Json, Resource } from './resources.ts'
import type { World } from './world.ts'

/** One PUT, by itself or as part of a deployment. */
export interface PutRequest {
  readonly id: ResourceId
  readonly body: unknown
  readonly apiVersion: string
  /** Only when nothing is there. */
  readonly isCreateOnly?: boolean | undefined
}

/** What a machine takes of a location. */
export interface Demand {
  readonly location: string
  readonly zone: string | undefined
  readonly size: Size
}

/** A PUT that is well-formed by itself; what it refers to is looked at when it is applied. */
export interface Plan {
  readonly demand?: Demand | undefined
  /** Throws ArmError. */
  apply(): Change
}

export interface Change {
  readonly held: Held
  readonly isNew: boolean
  readonly operation: Operation
}

/** A resource that is there. */
export interface Held {
  /** Of a child: what it belongs to. */
  readonly resource: Resource
  readonly etag: string
  view(expand?: string): Json
  /** Throws ArmError while something needs it. The query has its names in lower case. */
  remove(query: URLSearchParams): Operation
}

/** One type of resource: what all its calls have in common is written once. */
export interface Kind {
  /** With its namespace. */
  readonly type: string
  /** The SDK's name for its group of calls. */
  readonly operations: string
  readonly apiVersions: readonly string[]
  /** Checks everything that needs no other resource. Throws ArmError. */
  plan(request: PutRequest, world: World): Plan
  find(id: ResourceId, world: World): Held | undefined
  list(world: World): readonly Held[]
}

export function isChild({ type }: Pick<Kind, 'type'>): boolean {
  return type.split('/').length > 2
}

/** Whether a list that was asked for now shows this. */
export function isVisible({ visibleFrom }: Resource): boolean {
  return visibleFrom <= Date.now()
}
