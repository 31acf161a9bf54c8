import { isFailure, ProvisionError } from '@kontena/core'

/** What was typed and cannot be is explained by the command's help, where nothing better is known. */
export function withHelpHint(error: unknown, command: string): unknown {
  if (!isFailure(error, 'BAD_OPTIONS') || error.hint !== undefined) return error
  return new ProvisionError(error.code, error.message, {
    cause: error,
    hint: `see: ${command} --help`,
  })
}
