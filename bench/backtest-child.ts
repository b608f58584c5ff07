/**
 * One backtest as a process of its own, marking whom it asks as the watched thread of `torghut backtest` does: bars file and
 * number of strategies by argument; prints what it took as JSON. The whole process counts from its start, reading, parsing and
 * indicators included.
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

const [file = '', strategies = '1'] = process.argv.slice(2)
const bars = await readBars([file], process.cwd(), AS_WRITTEN)
const inputs = await checkInputs({
  market: marketOfBars(bars),
  range: { from: null, to: null },
  strategies: benchStrategies(Number(strategies), '1Min'),
  pluginModule: null,
  accounts: { text: '[{"label":"bench"}]', name: 'the account' },
  environment: {},
  flags: {},
})
let count = 0
for (const observed of inputs.schedule.observed(() => true)) count += observed.count
const begun = performance.now()
const before = process.cpuUsage()
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
const run = process.cpuUsage(before)
const ended = performance.now()
if (result.kind === 'stopped') throw new Error('the run was stopped')
const whole = process.cpuUsage()
process.stdout.write(
  JSON.stringify({
    bars: count,
    orders: result.accounts.reduce((sum, { trades }) => sum + trades.length, 0),
    digest: result.digest,
    runMs: ended - begun,
    runCpuMs: (run.user + run.system) / 1000,
    // counted from the process's start
    wholeMs: ended,
    wholeCpuMs: (whole.user + whole.system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }),
)
