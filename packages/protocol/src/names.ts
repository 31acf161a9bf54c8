import { z } from 'zod'

/**
 * A node's name is also a machine's host name and travels in DNS, cloud tags and user data,
 * so new names are host names (RFC 1123 label): lower case, digits and inner dashes, 63 at most.
 */
export const nodeNamePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** A node or grid name as the 1.5 API takes it; wider than {@link nodeNamePattern}. */
export const legacyNamePattern = /^[\w-]+$/

/** Name of a node that gets a machine. */
export const nodeName = z
  .string()
  .regex(nodeNamePattern, 'must be 1 to 63 lower-case letters, digits and inner dashes')
