export interface Owner {
  readonly master: string
  readonly grid: string
}

export interface Claim {
  readonly rack: string
  readonly names: readonly string[]
  readonly minimum: 'all' | 'some'
  readonly owner: Owner
  readonly order: string
  readonly token: string
  readonly userData: string
  readonly tags: Readonly<Record<string, string>>
}

export interface StandingMachine {
  readonly id: string
  readonly name: string
  readonly rack: string
  readonly address: string
  readonly owner: Owner
  readonly order: string
  readonly token: string
  readonly userData: string
  readonly listedFrom: number
  state: 'pending' | 'running' | 'going' | 'failed'
  reason: string | null
}

export interface Wall {
  readonly name: string
  readonly owner: Owner | null
  readonly rules: unknown[]
}

/** What the inventory is like today; tests change it. */
export interface Mood {
  /** Free machines by rack. */
  readonly racks: Map<string, number>
  rights: string[]
  limit: number
  bootTime: number
  wipeTime: number
  /** Milliseconds for which a new machine is missing from lists. */
  listDelay: number
  pageSize: number
  /** So many machines fail to boot, and so many requests to remove a wall are refused. */
  bootFailures: number
  holds: number
}

/** Why a request is refused, as the HTTP API says it. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, error: string) {
    super(error)
    this.status = status
  }
}

/** The machines and walls of one site, in memory. */
export interface Site {
  readonly mood: Mood
  readonly machines: Map<string, StandingMachine>
  readonly walls: Map<string, Wall>
  check(wish: { count: number; rack?: string | undefined }): void
  claim(claim: Claim): { machines: StandingMachine[]; refused: string | null }
  release(ids: readonly string[]): void
  restart(ids: readonly string[]): void
  raise(name: string, wall: { owner: Owner; rules: readonly unknown[] }): Wall
  raze(name: string): void
}

export function openSite(racks: Readonly<Record<string, number>>): Site {
  const mood: Mood = {
    racks: new Map(Object.entries(racks)),
    rights: ['read', 'claim'],
    limit: 50,
    bootTime: 20_000,
    wipeTime: 10_000,
    listDelay: 0,
    pageSize: 100,
    bootFailures: 0,
    holds: 0,
  }
  const machines = new Map<string, StandingMachine>()
  const walls = new Map<string, Wall>()
  const answers = new Map<string, ReturnType<Site['claim']>>()
  let count = 0
  const boot = (claim: Claim, name: string): StandingMachine => {
    const { rack, owner, order, token, userData } = claim
    count += 1
    const machine: StandingMachine = {
      ...{
        id: `m-${count}`,
        name,
        rack,
        address: `10.7.0.${count}`,
        owner,
        order,
        token,
        userData,
      },
      listedFrom: Date.now() + mood.listDelay,
      state: 'pending',
      reason: null,
    }
    machines.set(machine.id, machine)
    const fails = mood.bootFailures > 0
    mood.bootFailures -= fails ? 1 : 0
    setTimeout(() => {
      if (machine.state !== 'pending') return
      machine.state = fails ? 'failed' : 'running'
      machine.reason = fails ? 'no power' : null
    }, mood.bootTime)
    return machine
  }
  const checkClaim = ({ owner, rack }: Claim): void => {
    if (!mood.rights.includes('claim')) throw new Refused(403, 'forbidden')
    if (!mood.racks.has(rack)) throw new Refused(404, 'unknown')
    // A machine never stands open: its grid's wall comes first.
    const wall = `kontena-${owner.grid}-${owner.master.slice(0, 8)}`
    if (!walls.has(wall)) throw new Refused(409, 'held')
  }
  return {
    mood,
    machines,
    walls,
    check: ({ count: wanted, rack }) => {
      if (!mood.rights.includes('claim')) throw new Refused(403, 'forbidden')
      const usable = [...mood.racks].filter(([name]) => rack === undefined || name === rack)
      if (usable.length === 0) throw new Refused(404, 'unknown')
      if (wanted > mood.limit) throw new Refused(409, 'limit')
      if (wanted > usable.reduce((sum, [, free]) => sum + free, 0)) throw new Refused(409, 'full')
    },
    claim: (claim) => {
      const known = answers.get(claim.token)
      if (known !== undefined) return known
      checkClaim(claim)
      const free = mood.racks.get(claim.rack) ?? 0
      const wanted = claim.names.length
      const fits = Math.min(wanted, free, mood.limit)
      const lack = mood.limit < wanted ? 'limit' : 'full'
      if (fits === 0 || (fits < wanted && claim.minimum === 'all')) throw new Refused(409, lack)
      mood.racks.set(claim.rack, free - fits)
      mood.limit -= fits
      const made = claim.names.slice(0, fits).map((name) => boot(claim, name))
      const answer = { machines: made, refused: fits < wanted ? lack : null }
      answers.set(claim.token, answer)
      return answer
    },
    release: (ids) => {
      for (const id of ids) {
        const machine = machines.get(id)
        if (machine === undefined || machine.state === 'going') continue
        machine.state = 'going'
        setTimeout(() => {
          machines.delete(id)
          mood.racks.set(machine.rack, (mood.racks.get(machine.rack) ?? 0) + 1)
          mood.limit += 1
        }, mood.wipeTime)
      }
    },
    restart: (ids) => {
      for (const id of ids) if (!machines.has(id)) throw new Refused(404, 'unknown')
    },
    raise: (name, { owner, rules }) => {
      const there = walls.get(name) ?? { name, owner, rules: [] }
      if (!isSame(there.owner, owner)) throw new Refused(409, 'taken')
      const known = new Set(there.rules.map((rule) => JSON.stringify(rule)))
      there.rules.push(...rules.filter((rule) => !known.has(JSON.stringify(rule))))
      walls.set(name, there)
      return there
    },
    raze: (name) => {
      const wall = walls.get(name)
      if (wall === undefined) return
      if (mood.holds > 0) {
        mood.holds -= 1
        throw new Refused(409, 'held')
      }
      const isHeld = [...machines.values()].some(({ owner }) => isSame(wall.owner, owner))
      if (isHeld) throw new Refused(409, 'held')
      walls.delete(name)
    },
  }
}

function isSame(one: Owner | null, other: Owner): boolean {
  return one !== null && one.master === other.master && one.grid === other.grid
}
