import { z } from 'zod'
import { ArmError } from './errors.ts'

/** What Azure fills in; callers who change what they read send it back, and it is ignored. */
export const readOnly = z.unknown().optional()

/** Fields of every resource that callers need not send. */
export const envelope = {
  id: readOnly,
  name: readOnly,
  type: readOnly,
  etag: readOnly,
  location: z.string().optional(),
  tags: z.record(z.string().max(512), z.string().max(256)).nullish(),
}

export const reference = z.object({ id: z.string().min(1) })

const mostTags = 50

/**
 * Checks a body as strictly as Azure's own services do: what they do not know they refuse.
 *
 * @throws ArmError in the words of the service
 */
export function parseBody<Body>(schema: z.ZodType<Body>, body: unknown, namespace: string): Body {
  const parsed = schema.safeParse(body ?? {})
  if (!parsed.success) throw malformed(parsed.error, namespace)
  return parsed.data
}

function malformed(error: z.ZodError, namespace: string): ArmError {
  const issue = error.issues[0]
  const path = (issue?.path ?? []).join('.')
  const isUnknown = issue?.code === 'unrecognized_keys'
  if (!isUnknown && issue?.code === 'invalid_type' && /undefined/.test(issue.message)) {
    return new ArmError({
      code: 'InvalidParameter',
      message: `Required parameter '${path.replace(/^properties\./, '')}' is missing (null).`,
      target: path.replace(/^properties\./, ''),
    })
  }
  const message = isUnknown
    ? `Could not find member '${issue.keys[0]}' on object at '${path}'.`
    : `Error at '${path}': ${issue?.message ?? 'not understood'}.`
  if (namespace !== 'Microsoft.Network') return new ArmError({ code: 'BadRequest', message })
  return new ArmError({
    code: 'InvalidRequestFormat',
    message: 'Cannot parse the request.',
    details: [{ code: 'InvalidJson', message }],
  })
}

/** @throws ArmError for more tags than a resource can have */
export function checkTags(tags: Readonly<Record<string, string>> | null | undefined) {
  const count = Object.keys(tags ?? {}).length
  if (count > mostTags) {
    throw new ArmError({
      code: 'InvalidTagCount',
      message: `The number of tags '${count}' exceeds the maximum of ${mostTags}.`,
    })
  }
  return tags ?? {}
}
