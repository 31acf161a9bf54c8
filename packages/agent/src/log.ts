export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Takes one line of the log, with its line end. */
export type Write = (line: string) => void

/** One line per event. Callers never pass a token. */
export type Log = (level: LogLevel, message: string) => void

/** Writes `time level [name] message` for events of this level and above. */
export function openLog(name: string, least: LogLevel, write: Write): Log {
  const threshold = logLevels.indexOf(least)
  return (level, message) => {
    if (logLevels.indexOf(level) < threshold) return
    // A master's words may hold anything; a line must stay a line.
    const line = message.replace(/\p{Cc}+/gu, ' ')
    write(`${new Date().toISOString()} ${level} [${name}] ${line}\n`)
  }
}
