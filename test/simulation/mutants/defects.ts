/**
 * The defects that crash proofing began with, put back one by one: `npm run sim:mutants -- --defects` says who finds
 * each. The simulator is asked first, by its own seeds.
 */
import { laterDefects } from './later-defects.ts'
import type { Defect, Look } from './mutant.ts'

const WIRING = 'lib/lanes/lane-wiring.ts'
const DISPATCH = 'lib/lanes/dispatch.ts'
const RECONCILE_LANE = 'lib/lanes/reconcile-lane.ts'
const COUNT = 'lib/lanes/request-count.ts'
const SEAL = 'lib/lanes/seal.ts'
const SEEDS: readonly Look[] = [{ seeds: 300 }]

export const DEFECTS: readonly Defect[] = [
  {
    name: '1-a-reading-outlives-a-frozen-process',
    breaks:
      'the kill switch is kept per process, aged by the monotonic clock alone, and a tick that says on sends',
    edits: [
      {
        file: WIRING,
        search: 'return { read: keptReading(clock, read) }',
        replace:
          'const kept = ((flags as { kept?: Map<string, PermissionSource> }).kept ??= new Map())\n  const known = kept.get(label) ?? { read: keptReading(clock, read) }\n  kept.set(label, known)\n  return known',
      },
      { file: WIRING, search: "if (killSwitchOn) return { read: async () => closed('on') }", replace: '' },
      { file: WIRING, search: "if (killSwitchOn) return 'kill_switch_on'", replace: '' },
      {
        file: 'lib/domain/time.ts',
        search: 'return wall < 0 ? Infinity : Math.max(wall, at.monotonic - readAt.monotonic)',
        replace: 'return at.monotonic - readAt.monotonic',
      },
    ],
    looks: SEEDS,
    tests: ['test/scenario/permission-reading.test.ts'],
  },
  {
    name: '2-one-account-stops-the-fleet',
    breaks: 'one unreadable item of a disabled account stops every tick',
    edits: [
      {
        file: 'lib/lanes/open-work.ts',
        search: '{ account }, error)\n    return null',
        replace: '{ account }, error)\n    throw error',
      },
    ],
    looks: SEEDS,
    tests: ['test/scenario/dispatch.test.ts'],
  },
  {
    name: '3-a-signal-sent-again-wedges-its-lanes',
    breaks: 'a decision that was stored before under other contents throws at every tick',
    edits: [
      {
        file: 'lib/adapters/dynamodb/decision-store.ts',
        search: ": { kind: 'standing', decision: stored }",
        replace: ": (() => { throw new Error('another decision of this id is stored') })()",
      },
    ],
    looks: SEEDS,
    tests: ['test/scenario/standing-decisions.test.ts'],
  },
  {
    name: '4-a-plan-longer-than-an-invocation',
    breaks: 'plans are not cut to what an invocation can do, and each run begins anew',
    edits: [
      { file: SEAL, search: 'const CARRY_OUT_SHARE = 0.4', replace: 'const CARRY_OUT_SHARE = 400' },
      { file: SEAL, search: 'const PLAN_SHARE = 0.3', replace: 'const PLAN_SHARE = 3' },
      {
        file: 'lib/lanes/carry-out.ts',
        search: 'const begun = resumed ? await',
        replace: 'const begun = resumed && time === null ? await',
      },
    ],
    looks: [{ seeds: 20, profile: 'crowd' }],
    tests: ['test/scenario/lane-time.test.ts'],
  },
  {
    name: '5-a-halted-lane-sends-by-reconcile',
    breaks: 'reconcile takes over for a lane that waits for an operator',
    edits: [
      {
        file: 'lib/orders/firewall.ts',
        search: "if (isHalted) return { kind: 'denied', reason: 'lane_halted' }",
        replace: '',
      },
    ],
    looks: [{ seeds: 200, profile: 'halting' }],
    tests: ['test/scenario/tick-faults.test.ts', 'test/scenario/handle-tick.test.ts'],
  },
  {
    name: '6-reconcile-waits-for-a-minute-that-divides-by-five',
    breaks: 'on an off-beat schedule nothing is ever reconciled',
    edits: [
      {
        file: DISPATCH,
        search: 'const { reconciled, overdue } = await withOpenWork(',
        replace:
          'const { reconciled, overdue } = tickAt % RECONCILE_EVERY_MS !== 0 ? { reconciled: [], overdue: new Set() } : await withOpenWork(',
      },
    ],
    looks: [{ seeds: 100, profile: 'off_beat' }],
    tests: ['test/scenario/dispatch.test.ts'],
  },
  {
    name: '7-the-rotation-of-reconcile-stands-still',
    breaks: 'of many open orders most are never looked at',
    edits: [
      {
        file: RECONCILE_LANE,
        search: 'resumeAfter: lane?.notes.reconciledTo ?? null,',
        replace: 'resumeAfter: null,',
      },
    ],
    looks: [{ seeds: 20, profile: 'crowd' }],
    tests: ['test/scenario/request-budget.test.ts'],
  },
  {
    name: '8-no-time-bound-in-settling-and-cancelling',
    breaks: 'hanging requests take longer than the invocation has',
    edits: [
      {
        file: COUNT,
        search:
          'return deps.requests.left >= requests && deps.time.remainingMs() >= requests * REQUEST_MS + WRITES_MS',
        replace: 'return deps.requests.left >= requests && deps.time.remainingMs() > -Infinity',
      },
      {
        file: 'lib/lanes/carry-out.ts',
        search: 'const SETTLE_SHARE = 0.4',
        replace: 'const SETTLE_SHARE = 4',
      },
    ],
    looks: [{ seeds: 60, profile: 'hanging' }],
    tests: ['test/scenario/lane-time.test.ts'],
  },
  {
    name: '9-cancelling-needs-account-and-positions',
    breaks: 'the kill switch cancels nothing while a position cannot be read',
    edits: [
      {
        file: 'lib/lanes/cancel-open-orders.ts',
        search: 'const ours = (await broker.openOrders()).filter',
        replace: 'const ours = (await broker.snapshot()).openOrders.filter',
      },
    ],
    looks: [{ seeds: 60, profile: 'unread' }],
    tests: ['test/scenario/cancelling.test.ts', 'test/scenario/lane.test.ts'],
  },
  {
    name: '10-a-tick-from-the-future-pins-the-lanes-clock',
    breaks: 'all signals are denied as too old until then',
    edits: [
      {
        file: 'lib/lanes/handle-tick.ts',
        search: "if (isFromFuture(tickAt, now)) return 'from_future'",
        replace: '',
      },
      {
        file: 'lib/lanes/run-cycle.ts',
        search: 'return lastTickAt === null || isFromFuture(lastTickAt, now) ? null : lastTickAt',
        replace: 'return lastTickAt',
      },
      {
        file: 'lib/lanes/run-cycle.ts',
        search: 'lastTickAt: inputs.tickAt < notAfter ? inputs.tickAt : notAfter,',
        replace: 'lastTickAt: notAfter > inputs.tickAt ? inputs.tickAt : inputs.tickAt,',
      },
    ],
    looks: SEEDS,
    tests: ['test/scenario/handle-tick.test.ts'],
  },
  ...laterDefects,
]
