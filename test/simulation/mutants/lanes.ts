/** Mutants of lanes, permission, flags, the order feed and the signal log. */
import type { Mutant } from './mutant.ts'

const RUN = 'lib/lanes/run-lane.ts'
const CYCLE = 'lib/lanes/run-cycle.ts'
const PERMISSION = 'lib/orders/permission.ts'
const FEED = 'lib/orders/order-feed/apply.ts'
const APPEND = 'lib/signals/append.ts'

export const laneMutants: readonly Mutant[] = [
  {
    name: 'an-old-reading-permits',
    file: PERMISSION,
    search: 'ageOf(reading, at) <= PERMISSION_MAX_AGE_MS',
    replace: 'ageOf(reading, at) >= 0',
    breaks: 'an order is sent under a switch that was read long ago',
    invariant: 'kill-switch',
  },
  {
    name: 'readings-are-kept-for-a-minute',
    file: 'lib/flags/kept-reading.ts',
    search: 'const KEPT_MS = 3000',
    replace: 'const KEPT_MS = 60_000',
    breaks: 'a process goes on for a minute after the switch went on',
    invariant: 'kill-switch',
    tests: ['test/unit/ssm-adapters.test.ts'],
  },
  {
    name: 'the-accounts-own-switch-is-not-read',
    file: 'lib/flags/permission.ts',
    search: 'return [...SHARED_PERMISSION_NAMES, accountKillSwitchKey(account)]',
    replace: 'return account === undefined ? [] : [...SHARED_PERMISSION_NAMES]',
    breaks: 'an account whose own switch is on is traded',
    invariant: 'kill-switch',
  },
  {
    name: 'what-cannot-be-read-is-off',
    file: PERMISSION,
    search: "if (killSwitch === 'unreadable' || current === null || !isFresh)",
    replace: 'if (current === null || !isFresh)',
    breaks: 'an outage of Parameter Store switches the switch off',
    invariant: 'kill-switch',
  },
  {
    name: 'the-unsettled-are-forgotten',
    file: CYCLE,
    search: 'unsettled: unsettled.map(({ clientOrderId }) => clientOrderId).sort(),',
    replace: 'unsettled: [],',
    breaks: 'nobody settles what is unsettled',
    invariant: 'settled-in-four-ticks',
  },
  {
    name: 'only-the-new-unsettled-are-kept',
    file: CYCLE,
    search: 'const open = merge(unsettled, carried.unsettled)',
    replace: 'const open = carried.unsettled',
    breaks: 'what was unsettled before is settled by nobody',
    invariant: 'settled-in-four-ticks',
  },
  {
    name: 'the-tick-may-go-back',
    file: CYCLE,
    search: 'lastTickAt: inputs.tickAt < notAfter ? inputs.tickAt : notAfter,',
    replace: 'lastTickAt: (inputs.tickAt - 60_000 * (lane.version % 3)) as EpochMs,',
    breaks: 'the time of the lane goes back',
    invariant: 'cursor-forward',
  },
  {
    name: 'a-halted-lane-goes-on',
    file: RUN,
    search: 'if (lane.halted !== null) return halted(message, deps, lane.halted)',
    replace: '',
    breaks: 'a lane that needs an operator trades on',
    invariant: 'settling',
    tests: ['test/scenario/lane.test.ts'],
  },
  {
    name: 'updates-are-applied-before-they-are-stored',
    file: FEED,
    search: 'const row = await deps.events.appendEvent(event.accountLabel, key, fingerprint(event), event)',
    replace: "const row = { kind: 'stored' as const, key, fingerprint }",
    breaks: 'an update that comes before its order is lost',
    invariant: 'equal-plans',
    tests: ['test/unit/order-feed-apply.test.ts'],
  },
  {
    name: 'the-feed-puts-no-pointer',
    file: FEED,
    search: '  await executions.putPointer(accountLabel, event.alpacaOrderId, clientOrderId)\n',
    replace: '',
    breaks: 'updates that name the order alone find no execution',
    invariant: 'submitting',
  },
  {
    name: 'a-row-is-put-without-a-reservation',
    file: APPEND,
    search: 'if (reached < position && !(await this.#rows.moveMark(reserved, mark?.position ?? null))) {',
    replace: 'if (false) {',
    breaks: 'positions are given twice once retention has removed the rows',
    invariant: 'signal-log',
    tests: ['test/simulation/signal-append.test.ts'],
  },
]
