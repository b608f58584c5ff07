/**
 * One backtest as a process of its own, marking whom it asks as the watched thread of `torghut backtest` does: bars file and
 * number of strategies by argument, `shorts` where they are allowed; prints what it took as JSON. The whole process counts from
 * its start, reading, parsing and indicators included. The run makes its signals step by step; what that takes is told apart by
 * walking the steps once more when it is over: less than it took in the run, where some of it was not compiled yet.
 */
import { markingWatch, newMarker } from '../lib/adapters/system/asked-marker.ts'
import { decimal } from '../lib/domain/decimal.ts'
import { backtestRun } from '../lib/local/backtest-run.ts'
import { marketOfBars } from '../lib/local/market-data.ts'
import { readBars } from '../lib/local/read-bars.ts'
import { checkInputs } from '../lib/local/run-inputs.ts'
import { AS_WRITTEN } from '../lib/market/bars-file/parse-bars.ts'
import { benchStrategies } from './inputs.ts'

const CASH = decimal('1000000')
const NO_COSTS = { feeBasisPoints: decimal(0), feePerShare: decimal(0), slippageBasisPoints: decimal(0) }

/** Wall and processor time so far. */
interface Taken {
  readonly ms: number
  readonly cpuMs: number
}

function now(): Taken {
  const { user, system } = process.cpuUsage()
  return { ms: performance.now(), cpuMs: (user + system) / 1000 }
}

const [file = '', strategies = '1', shorts] = process.argv.slice(2)
const bars = await readBars([file], process.cwd(), AS_WRITTEN)
const inputs = await checkInputs({
  market: marketOfBars(bars),
  range: { from: null, to: null },
  strategies: benchStrategies(Number(strategies), '1Min'),
  pluginModule: null,
  accounts: { text: '[{"label":"bench"}]', name: 'the account' },
  environment: shorts === 'shorts' ? { TRADING_ALLOW_SHORTS: 'true' } : {},
  flags: {},
})
let count = 0
for (const observed of inputs.schedule.observed(() => true)) count += observed.count
const begun = now()
const result = await backtestRun({
  inputs,
  cash: CASH,
  costs: NO_COSTS,
  stop: new AbortController().signal,
  onProgress: () => {},
  onKillSwitch: () => {},
  telemetry: { count: () => {}, measure: () => {}, record: () => {} },
  codeVersion: 'bench',
  watch: markingWatch(newMarker(), {}, () => {}),
})
const ended = now()
const peakMb = process.resourceUsage().maxRSS / 1024
let signals = 0
for (const step of inputs.schedule.steps) signals += step.signals.length
const walked = now()
const making = { ms: walked.ms - ended.ms, cpuMs: walked.cpuMs - ended.cpuMs }
if (result.kind === 'stopped') throw new Error('the run was stopped')
process.stdout.write(
  JSON.stringify({
    bars: count,
    signals,
    orders: result.accounts.reduce((sum, { trades }) => sum + trades.length, 0),
    digest: result.digest,
    runMs: ended.ms - begun.ms - making.ms,
    runCpuMs: ended.cpuMs - begun.cpuMs - making.cpuMs,
    signalsCpuMs: making.cpuMs,
    // counted from the process's start
    wholeMs: ended.ms,
    wholeCpuMs: ended.cpuMs,
    peakMb,
  }),
)
