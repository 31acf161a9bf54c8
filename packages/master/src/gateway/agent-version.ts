/**
 * Whether an agent may talk to this master: major and minor are the same, patches may differ. A
 * pre-release agent needs a pre-release master. A version that cannot be read is none of ours.
 */
export function isCompatible(agent: string, master: string): boolean {
  const ours = parse(master)
  const theirs = parse(agent)
  if (ours === undefined || theirs === undefined) return false
  if (theirs.isPrerelease && !ours.isPrerelease) return false
  return ours.major === theirs.major && ours.minor === theirs.minor
}

/**
 * Agents from 2.0 on take a refusal as an HTTP answer with `Kontena-Close`, and measure the clock
 * themselves. Older ones understand only close codes.
 */
export function isModern(agent: string): boolean {
  return Number(parse(agent)?.major ?? 0) >= 2
}

function parse(version: string) {
  const match = /^(\d+)\.(\d+)\.\d+([.-].+)?$/.exec(version)
  if (match === null) return undefined
  return { major: match[1], minor: match[2], isPrerelease: match[3] !== undefined }
}
