/** A plug-in that cannot be used. Only its own command fails; the way out is to take it away. */
export class PluginError extends Error {
  static {
    PluginError.prototype.name = 'PluginError'
  }
  readonly hint: string

  constructor(message: string, details: ErrorOptions & { hint: string }) {
    super(message, details)
    this.hint = details.hint
  }
}

/** The same failure for a plug-in that is installed, whose hint says how to be rid of it. */
export function brokenPlugin(word: string, reason: string, cause?: unknown): PluginError {
  return new PluginError(`the plug-in ${word} cannot be used: ${reason}`, {
    cause,
    hint: `update it, or take it away: kontena plugin uninstall ${word}`,
  })
}
