/**
 * `npm run bench:rerun`: 10,000 sealed cycles planned again and compared, as `torghut rerun` does: a backtest of the minute bars of
 * `../shared/market` seals them, under two built-in strategies and three accounts; each record is then decoded from its stored
 * item. What the database itself takes to answer is not part of it.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cycleItem } from '../lib/adapters/dynamodb/items/cycle-item.ts'
import { rowOf } from '../lib/cli/verbs/rerun.ts'
import { decimal } from '../lib/domain/decimal.ts'
import { catalogCompiler } from '../lib/lanes/catalog-compiler.ts'
import { backtestRun } from '../lib/local/backtest-run.ts'
import { marketOfBars } from '../lib/local/market-data.ts'
import { readBars } from '../lib/local/read-bars.ts'
import type { ReportedRun } from '../lib/local/report-inputs.ts'
import { checkInputs } from '../lib/local/run-inputs.ts'
import { AS_WRITTEN } from '../lib/market/bars-file/parse-bars.ts'
import { keptCalendars } from '../lib/market/calendar/create-calendar.ts'
import { type RerunDeps, rerunCycles } from '../lib/replay/rerun.ts'
import { benchStrategies, MARKET_FILE } from './inputs.ts'

const CYCLES = 10_000
const ROUNDS = 3
/** Seconds to reach, on two quiet cores. */
const TARGET = 10
const LABELS = ['one', 'two', 'three']

const root = resolve(import.meta.dirname, '../..')
const marketFile = join(process.env['TORGHUT_SHARED'] ?? resolve(root, '../shared'), MARKET_FILE)

async function rerunOnce({ source, registry, stores, accounts }: ReportedRun): Promise<number> {
  const items = new Map(
    accounts.map(({ records: { lane, cycles } }) => [
      lane.accountLabel,
      cycles.map((record) => cycleItem.encode(record, null)),
    ]),
  )
  const compiler = catalogCompiler(stores.catalog, registry)
  const deps: RerunDeps = {
    stores: {
      signals: stores.signals,
      lanes: {
        async *listCycles(label) {
          for (const item of items.get(label) ?? []) yield cycleItem.decode(item)
        },
      },
    },
    strategies: ({ catalogHash }, settings) => compiler(catalogHash, settings),
    calendar: keptCalendars(),
  }
  const before = process.cpuUsage()
  let cycles = 0
  for (const label of items.keys()) {
    for await (const cycle of rerunCycles(label, source, null, deps)) {
      const { result, detail } = rowOf(cycle, true)
      if (result !== 'same') throw new Error(`cycle ${cycles} ${result}: ${detail}`)
      cycles += 1
      if (cycles < CYCLES) continue
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1_000_000
    }
  }
  throw new Error(`only ${cycles} cycles were sealed`)
}

if (!existsSync(marketFile)) throw new Error(`${marketFile} is needed`)
const inputs = await checkInputs({
  market: marketOfBars(await readBars([marketFile], process.cwd(), AS_WRITTEN)),
  range: { from: null, to: null },
  strategies: benchStrategies(2, '1Min'),
  pluginModule: null,
  accounts: { text: JSON.stringify(LABELS.map((label) => ({ label }))), name: 'the accounts' },
  environment: {},
  flags: {},
})
const none = decimal(0)
await backtestRun({
  inputs,
  cash: decimal('1000000'),
  costs: { feeBasisPoints: none, feePerShare: none, slippageBasisPoints: none },
  stop: new AbortController().signal,
  onProgress: () => {},
  onKillSwitch: () => {},
  telemetry: { count: () => {}, measure: () => {}, record: () => {} },
  codeVersion: 'bench',
  report: async (run) => {
    const seconds: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) seconds.push(await rerunOnce(run))
    const best = Math.min(...seconds)
    process.stdout.write(
      `${CYCLES} cycles planned again: ${best.toFixed(2)} s of processor time (target: ${TARGET} s)\n`,
    )
  },
})
