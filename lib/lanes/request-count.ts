/**
 * The count of an account's broker requests in its lane item (docs/architecture.md#request-budget). A commit counts
 * what its invocation sent until then. What no commit counts (reconcile, cancelling, a cycle that ends otherwise) is
 * noted at the end, beside the commits: a note is conditional on the notes that were read, not on the lane's version,
 * and no commit touches it. So an idle run, which sends nothing, writes nothing.
 *
 * An invocation that is killed notes nothing. Its message keeps the lane's queue group closed for as long as it could
 * still have been running and 10 s more, and then hardly any of its requests is younger than a minute.
 */
import { UnavailableError } from '../domain/errors.ts'
import type { Lane, LaneNotes } from '../domain/lane.ts'
import {
  KEPT_FOR_CANCELLING,
  REQUESTS_PER_MINUTE,
  sentWithinMinute,
  withSent,
  type SentRequests,
} from '../domain/request-budget.ts'
import type { LaneDeps } from './lane-wiring.ts'

/** A broker request's time limit, and what the writes that follow may take. */
const REQUEST_MS = 8000
const WRITES_MS = 2000

type CountDeps = Pick<LaneDeps, 'lanes' | 'clock' | 'requests' | 'telemetry'>

/** Conflicts in a row after which the count is left to the next invocation. */
const MAX_CONFLICTS = 5

/** Opens what the lane's last minute leaves to this invocation; the last of it only for cancelling. */
export function allowRequests(lane: Lane, purpose: 'cancelling' | 'work', deps: CountDeps): void {
  const now = deps.clock.now()
  const sent = sentWithinMinute(lane.requests, now) + sentWithinMinute(lane.notes.requests, now)
  deps.requests.allow(REQUESTS_PER_MINUTE - (purpose === 'work' ? KEPT_FOR_CANCELLING : 0) - sent)
}

/** Whether what takes so many requests one after the other can be begun: the invocation has them left, and the time. */
export function hasRoomFor(requests: number, deps: Pick<LaneDeps, 'requests' | 'time'>): boolean {
  return deps.requests.left >= requests && deps.time.remainingMs() >= requests * REQUEST_MS + WRITES_MS
}

/** The lane's committed counts with what was sent since the last count. */
export function committedRequests(lane: Lane, { clock, requests }: CountDeps): readonly SentRequests[] {
  return withSent(lane.requests, requests.uncounted, clock.now())
}

/** Notes what no commit has counted, and where reconcile stands, if it went on. */
export async function noteRequests(
  lane: Lane,
  deps: CountDeps,
  { reconciledTo, sweptTo }: Partial<Pick<LaneNotes, 'reconciledTo' | 'sweptTo'>> = {},
): Promise<void> {
  const { lanes, clock, requests, telemetry } = deps
  const { accountLabel: account, source } = lane
  const { uncounted } = requests
  if (uncounted === 0) return
  try {
    let read = lane.notes
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      const notes: LaneNotes = {
        ...read,
        revision: read.revision + 1,
        requests: withSent(read.requests, uncounted, clock.now()),
        reconciledTo: reconciledTo ?? read.reconciledTo,
        sweptTo: sweptTo ?? read.sweptTo,
      }
      const outcome = await lanes.note(account, source, notes)
      if (outcome.kind === 'noted') return requests.markCounted(uncounted)
      read = outcome.current
    }
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    telemetry.record('warn', 'broker requests could not be counted', { account, uncounted }, error)
  }
}
