/**
 * Planning in a run after one that was killed, perhaps by a plugin that nothing could stop (docs/architecture.md#lane): each
 * strategy is noted in the lane before its plugin is asked, by one conditional write, so that whoever comes next knows whom a
 * further death is due to, and plans without that one: its mark is a sealed input.
 *
 * Invariants: a plan asks nobody who is not noted; such plans are of one signal, so that all who are asked again have just come
 * back; what is noted of another version of the lane counts for nothing.
 */
import type { AskedNote, Lane, LaneNotes } from '../domain/lane.ts'
import type { TimedOut } from '../domain/plan.ts'
import type { LaneStore } from '../ports/lane-store.ts'
import type { PlanListener } from '../plan/plan-cycle.ts'
import { type Guard, type InTime, planInTime } from './plan-in-time.ts'

/** Ends a pass in which somebody is to be asked who is not noted yet. */
const NOT_NOTED = new Error('somebody is to be asked who is not noted yet')
/** Conflicts in a row after which the note is left out: others are at work on the lane. */
const MAX_CONFLICTS = 5
/** All come back. */
export const NOBODY: TimedOut = Object.freeze({})

/** The strategies that runs before this one of the same version did not survive, by the position that they were asked about. */
export function notSurvived({ version, notes: { asked } }: Pick<Lane, 'version' | 'notes'>): TimedOut {
  if (asked === null || asked.version !== version) return NOBODY
  const { timedOut, present } = asked
  return present === null ? timedOut : { ...timedOut, [present.strategyId]: present.position }
}

/** As `planInTime`, one strategy after the other. */
export async function planCarefully<Made>(
  make: (timedOut: TimedOut, told: NonNullable<PlanListener['asking']>) => Made,
  guard: Guard,
  lane: Lane,
  lanes: Pick<LaneStore, 'note'>,
): Promise<InTime<Made>> {
  const { timedOut } = guard
  const known = new Set<string>()
  let { notes } = lane
  const note = async (present: AskedNote['present']) => {
    notes = await noteAsked(lane, notes, { version: lane.version, timedOut, present }, lanes)
  }
  for (;;) {
    const next: { present: AskedNote['present'] } = { present: null }
    try {
      const planned = planInTime((late, told) => {
        return make(late, (strategyId, ask, position) => {
          if (!known.has(strategyId)) {
            next.present = { strategyId, position }
            throw NOT_NOTED
          }
          told(strategyId, ask, position)
        })
      }, guard)
      if (known.size > 0) await note(null)
      return planned
    } catch (thrown) {
      if (thrown !== NOT_NOTED || next.present === null) throw thrown
      await note(next.present)
      known.add(next.present.strategyId)
    }
  }
}

async function noteAsked(
  { accountLabel, source }: Lane,
  before: LaneNotes,
  asked: AskedNote,
  lanes: Pick<LaneStore, 'note'>,
): Promise<LaneNotes> {
  let read = before
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const notes: LaneNotes = { ...read, revision: read.revision + 1, asked }
    const outcome = await lanes.note(accountLabel, source, notes)
    if (outcome.kind === 'noted') return notes
    read = outcome.current
  }
  return read
}
