/** Which versions of agents a master takes. */
export interface VersionRule {
  /** The master's own version. */
  readonly master: string
  /** A former line whose agents it takes as well, as `1.5`; configuration key {@link compatibilityKey}. */
  readonly compatibility: string | undefined
}

/** `1.5` as its value lets agents of that line in, read at each handshake. */
export const compatibilityKey = 'server.agent_compatibility'

/** Lines that we can speak with beside our own. */
const formerLines: ReadonlySet<string> = new Set(['1.5'])

/**
 * The version that an agent is greeted with, or undefined where it may not come in. An agent becomes
 * what it is greeted with, so one of a former line is told its own version: there is no other of it.
 */
export function greetingFor(agent: string, rule: VersionRule): string | undefined {
  if (isOfLine(agent, rule.master)) return rule.master
  const { compatibility = '' } = rule
  const isFormer = formerLines.has(compatibility) && isOfLine(agent, `${compatibility}.0`)
  return isFormer ? agent : undefined
}

/**
 * Whether major and minor are the same; patches may differ either way. A pre-release agent needs a
 * pre-release master, and must not be older than that. A version that cannot be read is none of ours.
 */
function isOfLine(agent: string, master: string): boolean {
  const ours = parse(master)
  const theirs = parse(agent)
  if (ours === undefined || theirs === undefined) return false
  if (ours.major !== theirs.major || ours.minor !== theirs.minor) return false
  if (theirs.prerelease === undefined) return true
  if (ours.prerelease === undefined) return false
  return theirs.patch > 0 || !isBefore(theirs.prerelease, ours.prerelease)
}

/**
 * Agents from 2.0 on take a refusal as an HTTP answer with `Kontena-Close`, and measure the clock
 * themselves. Older ones understand only close codes.
 */
export function isModern(agent: string): boolean {
  return (parse(agent)?.major ?? 0) >= 2
}

function parse(version: string) {
  const match = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[.-](.{1,64}))?$/.exec(version)
  if (match === null) return undefined
  const [, major, minor, patch, prerelease] = match
  return { major: Number(major), minor: Number(minor), patch: Number(patch), prerelease }
}

/** `pre9` comes before `pre10`, and `pre1` before `rc1`. */
function isBefore(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) < 0
}
