/** As `defects.ts`: those of signals, the request budget, reconciling, reading and the schedule. */
import type { Defect, Look } from './mutant.ts'

const WIRING = 'lib/lanes/lane-wiring.ts'
const DISPATCH = 'lib/lanes/dispatch.ts'
const COUNT = 'lib/lanes/request-count.ts'
const SEEDS: readonly Look[] = [{ seeds: 300 }]

export const laterDefects: readonly Defect[] = [
  {
    name: '11-a-signal-above-64-kb-blocks-its-source',
    breaks: 'a signal that no item can hold is handed back for ever',
    edits: [
      {
        file: 'lib/adapters/dynamodb/signal-rows.ts',
        search: '|| itemSize(rowItem.encode(row, 0)) <= MAX_ITEM_BYTES',
        replace: '|| itemSize(rowItem.encode(row, 0)) <= 100 * MAX_ITEM_BYTES',
      },
    ],
    looks: SEEDS,
    tests: ['test/scenario/ingest.test.ts'],
  },
  {
    name: '12-a-message-longer-than-a-delivery',
    breaks: 'duplicates cost what appends cost, so that the message never gets through',
    edits: [
      {
        file: 'lib/signals/ingest-message.ts',
        search: 'const stored = delivery.redelivered ? await findStored(parsed, deps.signals) : []',
        replace: 'const stored = delivery.text === null ? await findStored(parsed, deps.signals) : []',
      },
    ],
    looks: [{ seeds: 20, profile: 'crowd' }],
    tests: ['test/scenario/ingest.test.ts'],
  },
  {
    name: '13-queued-ticks-send-240-requests-a-minute',
    breaks: 'each invocation counts for itself alone',
    edits: [{ file: COUNT, search: ' - sent)', replace: ' - 0 * sent)' }],
    looks: [{ seeds: 20, profile: 'crowd' }],
    tests: ['test/scenario/request-budget.test.ts'],
  },
  {
    name: '14-a-disabled-accounts-unsettled-take-eight-ticks',
    breaks: 'what a held account has unsettled is looked at once in five minutes',
    edits: [
      {
        file: DISPATCH,
        search: 'const inSlot = isAdmitted.has(account) && !cancels(account)',
        replace: 'const inSlot = !cancels(account)',
      },
    ],
    looks: [{ seeds: 200, profile: 'withdrawn' }],
    tests: ['test/scenario/dispatch.test.ts'],
  },
  {
    name: '15-an-append-exactly-at-a-reservations-expiry',
    breaks: 'one signal gets two positions, or a row lies below one that was read as expired',
    edits: [
      {
        file: 'lib/signals/append.ts',
        search: 'const GUARD_SECONDS = 300',
        replace: 'const GUARD_SECONDS = 0',
      },
    ],
    looks: [{ seeds: 60, profile: 'expiring' }],
    tests: ['test/simulation/signal-append.test.ts'],
  },
  {
    name: '16-adopting-forgets-the-updates-before',
    breaks: 'an order that was found stays behind its own updates',
    edits: [
      {
        file: 'lib/orders/record-change.ts',
        search: 'const isNew = execution.alpacaOrderId === null',
        replace: "const isNew = execution.alpacaOrderId === ('' as typeof alpacaOrderId)",
      },
    ],
    looks: [{ seeds: 250, profile: 'adopting' }],
    tests: ['test/scenario/lane.test.ts'],
  },
  {
    name: '17-a-bar-in-two-windows-is-two-signals',
    breaks: 'a bar is known by its place in the file',
    edits: [
      {
        file: 'lib/market/series-fold.ts',
        search: '  readonly #own: CustomValues\n',
        replace: '  readonly #own: CustomValues\n  #folded = 0\n',
      },
      {
        file: 'lib/market/series-fold.ts',
        search: 'const seq = Math.floor(endedAt / 1000)',
        replace: 'const seq = (this.#folded += 1)',
      },
    ],
    looks: [{ seeds: 20, profile: 'barWindows' }],
    tests: ['test/unit/indicators.test.ts', 'test/unit/bars.test.ts'],
  },
  {
    name: '18-a-cap-that-cannot-be-read-is-no-cap',
    breaks: '50,000 are ordered for 1,000',
    edits: [
      {
        file: 'lib/plan/strategy-limits.ts',
        search: "return read === 'unreadable' ? ZERO : read",
        replace: "return read === 'unreadable' ? (ZERO === null ? ZERO : null) : read",
      },
    ],
    looks: [{ seeds: 10, profile: 'unreadable_cap' }],
    tests: ['test/scenario/plan.test.ts', 'test/unit/sizing.test.ts', 'test/scenario/risk-rules.test.ts'],
  },
  {
    name: '19-impossible-dates-are-read-as-others',
    breaks: '30 February is 1 March',
    edits: [
      {
        file: 'lib/domain/time.ts',
        search:
          'if (day === undefined || Number(day) > daysInMonth(Number(year), Number(month))) return null',
        replace:
          'if (day === undefined || Number(day) > 31 + 0 * daysInMonth(Number(year), Number(month))) return null',
      },
    ],
    looks: SEEDS,
    tests: ['test/unit/time.test.ts'],
  },
  {
    name: '20-one-attempt-at-parameter-store',
    breaks: 'a dead kept-alive socket denies an order for good, and each order asks anew',
    edits: [
      {
        file: 'lib/adapters/ssm/retry.ts',
        search: '< PATIENCE_MS : !failed',
        replace: '< 0 * PATIENCE_MS : failed',
      },
      { file: 'lib/flags/kept-reading.ts', search: 'const KEPT_MS = 3000', replace: 'const KEPT_MS = -1' },
    ],
    looks: SEEDS,
    tests: ['test/unit/parameter-connections.test.ts', 'test/unit/ssm-adapters.test.ts'],
  },
  {
    name: '21-nothing-happens-outside-the-window',
    breaks: 'an open order of Friday evening waits until Monday for the kill switch',
    edits: [
      {
        file: DISPATCH,
        search: 'const { reconciled, overdue } = await withOpenWork(',
        replace:
          'const { reconciled, overdue } = deps.window?.(tickAt) === false ? { reconciled: [], overdue: new Set() } : await withOpenWork(',
      },
    ],
    looks: [{ seeds: 60, profile: 'night' }],
    tests: ['test/scenario/dispatch.test.ts'],
  },
  {
    name: '22-an-account-that-is-held-back-sends',
    breaks: 'reconcile takes over, and sends, after a rollback',
    edits: [
      {
        file: WIRING,
        search: "return admitted ? null : 'account_not_admitted'",
        replace: 'return admitted ? null : null',
      },
    ],
    looks: [{ seeds: 200, profile: 'withdrawn' }],
    tests: ['test/scenario/handle-tick.test.ts'],
  },
]
