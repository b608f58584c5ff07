/**
 * `torghut backtest`: the runtime of `dev` over stores in memory and an exchange without HTTP or log, so that what is judged
 * is the code that trades, only without the waits for a disk.
 *
 * Invariant: equal inputs give the digest that `dev` gives (docs/backtest.md).
 */
import { MemorySignalRows } from '../adapters/memory/signal-rows.ts'
import { memoryStores } from '../adapters/memory/stores.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { CycleRecord } from '../domain/plan.ts'
import { momentOf } from '../domain/time.ts'
import type { TradingCosts } from '../exchange/costs.ts'
import { InProcessBroker } from '../exchange/in-process.ts'
import { PaperExchange } from '../exchange/paper-exchange.ts'
import type { FlagSource } from '../ports/flag-source.ts'
import type { PluginWatch } from '../ports/plugin-watch.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { CycleTally } from './cycle-tally.ts'
import { forgetfulLog, openFailureJournal } from './failure-journal.ts'
import { type FinishedRun, type ReportWriter, finishedRun } from './finished-run.ts'
import { PAPER_EXCHANGE_TARGET } from './paper-gateway.ts'
import { profileOverlay } from './profile.ts'
import type { RunInputs } from './run-inputs.ts'
import { openRuntime } from './runtime.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { type Progress, type WalkOptions, walk } from './walk.ts'

export interface BacktestOptions extends WalkOptions {
  readonly inputs: RunInputs
  /** What every account starts with, in dollars. */
  readonly cash: Decimal
  readonly costs: TradingCosts
  readonly telemetry: Telemetry
  readonly codeVersion: string
  readonly watch?: PluginWatch
  /** Null, or absent: nobody wants a report. */
  readonly report?: ReportWriter | null
}

export type BacktestResult = FinishedRun | { readonly kind: 'stopped'; readonly progress: Progress }

/** Runs the whole schedule, or until it is stopped; nothing is kept. */
export async function backtestRun(options: BacktestOptions): Promise<BacktestResult> {
  const { inputs, cash, costs, telemetry, codeVersion } = options
  const clock = new SimulatedClock()
  const report = options.report ?? null
  const tallies = new Map(inputs.accounts.map((label) => [label, new CycleTally()]))
  // only the report of each decision looks at cycles that are over, and at their signals
  const forget = (record: CycleRecord) => tallies.get(record.accountLabel)?.add(record)
  const signalRows = new MemorySignalRows()
  const stores = memoryStores(clock, null, {
    signalRows,
    ...(inputs.looksBack ? {} : { keepsHistoryOf: () => false }),
    ...(report === null ? { onCommitted: forget } : {}),
  })
  const onProgress = (progress: Progress) => {
    // every lane that trades has read all of it then, and every trade update is applied
    if (report === null) signalRows.forgetRead()
    exchange.state.updates.forget()
    options.onProgress(progress)
  }
  const exchange = new PaperExchange({ clock, costs })
  const failures = openFailureJournal(forgetfulLog)
  const runtime = await openRuntime({
    inputs,
    stores,
    exchange,
    cash,
    gateway: (account, budget) => {
      const broker = new InProcessBroker(exchange, account, PAPER_EXCHANGE_TARGET, undefined, budget)
      return { connect: () => Promise.resolve(broker) }
    },
    flags: fixedFlags(clock),
    clock,
    telemetry,
    codeVersion,
    strategyFailures: failures.write,
    ...(options.watch === undefined ? {} : { watch: options.watch }),
  })
  const stoppedAt = await walk(runtime, inputs.schedule.steps, 0, { ...options, onProgress })
  if (stoppedAt !== null) return { kind: 'stopped', progress: stoppedAt }
  return finishedRun(inputs, stores, exchange, failures, report === null ? { report, tallies } : { report })
}

/** As the profile opens them: a kill switch for the machine's own runs must not silence a judgement of strategies. */
function fixedFlags(clock: SimulatedClock): FlagSource {
  const values = profileOverlay({})
  return {
    read: () => Promise.resolve({ values, readAt: momentOf(clock) }),
    readNamed: (names) =>
      Promise.resolve({
        values: Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name))),
        versions: {},
        readAt: momentOf(clock),
      }),
  }
}
