/** The allowed moves of a lane, judged at every write of its item. */
import type { Finding } from './execution-rules.ts'
import type { StoredCycle, StoredLane } from './stored.ts'

export interface LaneWorld {
  /** The sealed record of the version that the lane was at. */
  readonly cycle: StoredCycle | null
  /** Positions in the log so far. */
  readonly logEnd: number
  /** Accepted decisions of that record without an execution. */
  readonly unexecuted: readonly string[]
  /** Executions that are unsettled now and stand in a sealed record of this lane. */
  readonly unsettled: readonly string[]
  /** Whether an operator resumed the lane since it was halted. */
  readonly resumed: boolean
  /** Whether somebody else's order stands under one of the account's ids. */
  readonly meetsForeign: boolean
}

export function judgeNewLane(next: StoredLane): readonly Finding[] {
  const fresh = next.version === 0 && next.halted === null && next.unsettled.length === 0
  return fresh ? [] : [['version-by-one', `begins at version ${next.version}`]]
}

export function judgeLaneMove(before: StoredLane, next: StoredLane, world: LaneWorld): readonly Finding[] {
  const found: Finding[] = []
  if (before.halted !== null && next.halted === null && !world.resumed) {
    found.push(['version-by-one', 'a halt was lifted without an operator'])
  }
  if (before.halted === null && next.halted !== null && !world.meetsForeign) {
    found.push(['faults-stay-local', `halted without need: ${next.halted}`])
  }
  if (next.cursor < before.cursor)
    found.push(['cursor-forward', `moved back from ${before.cursor} to ${next.cursor}`])
  if (next.version === before.version) {
    const same =
      next.cursor === before.cursor &&
      next.lastTickAt === before.lastTickAt &&
      next.unsettled.join() === before.unsettled.join()
    if (!same) found.push(['version-by-one', `changed without a new version (${before.version})`])
    return found
  }
  if (next.version !== before.version + 1) {
    found.push(['version-by-one', `${before.version} -> ${next.version}`])
  }
  if (next.cursor > world.logEnd)
    found.push(['cursor-forward', `${next.cursor} is beyond the log's ${world.logEnd}`])
  if ((next.lastTickAt ?? 0) < (before.lastTickAt ?? 0)) found.push(['cursor-forward', 'the tick moved back'])
  found.push(...judgeCommit(before, next, world))
  return found
}

function judgeCommit(before: StoredLane, next: StoredLane, world: LaneWorld): readonly Finding[] {
  const { cycle } = world
  if (cycle === null)
    return [['sealed-plan', `version ${before.version} was committed without a sealed plan`]]
  const found: Finding[] = []
  if (cycle.from !== before.cursor || cycle.nextCursor !== next.cursor) {
    found.push([
      'sealed-plan',
      `committed ${before.cursor}..${next.cursor}, sealed ${cycle.from}..${cycle.nextCursor}`,
    ])
  }
  const missing = world.unexecuted
  if (missing.length > 0)
    found.push(['sealed-plan', `committed without an execution of ${missing.join(', ')}`])
  const forgotten = world.unsettled.filter((id) => !next.unsettled.includes(id))
  if (forgotten.length > 0)
    found.push(['settled-in-four-ticks', `forgets the unsettled ${forgotten.join(', ')}`])
  return [...found, ...judgeOutcomes(cycle)]
}

/** Every position that the plan passes has exactly one outcome. */
function judgeOutcomes({ from, nextCursor, outcomes, expired }: StoredCycle): readonly Finding[] {
  if (outcomes === null) return []
  const passed = new Map<number, number>()
  for (const position of outcomes) passed.set(position, (passed.get(position) ?? 0) + 1)
  for (let position = expired?.from ?? 1; position <= (expired?.to ?? 0); position += 1) {
    passed.set(position, (passed.get(position) ?? 0) + 1)
  }
  const found: Finding[] = []
  for (let position = from + 1; position <= nextCursor; position += 1) {
    const count = passed.get(position) ?? 0
    if (count !== 1) found.push(['cursor-forward', `position ${position} has ${count} outcomes`])
    passed.delete(position)
  }
  if (passed.size > 0)
    found.push(['cursor-forward', `outcomes of ${[...passed.keys()].join()} in ${from}..${nextCursor}`])
  return found
}
