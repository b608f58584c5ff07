/** What `dev` and `backtest` are given: data, strategies, plugins, accounts and dates, with their defaults. */
import { join, resolve } from 'node:path'
import { collect } from '../domain/collect.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { readSignals } from '../formats/signal-codec.ts'
import { parseStrategies } from '../formats/strategies-file.ts'
import { parseRange } from '../local/date-range.ts'
import { marketOfBars, marketOfSignals, packagedMarket, type MarketData } from '../local/market-data.ts'
import { type RunInputs, checkInputs } from '../local/run-inputs.ts'
import type { KillSwitchNews } from '../local/walk.ts'
import type { BarsOptions } from './bars-options.ts'
import type { VerbContext } from './context.ts'
import { noteSkippedRows, readChosenBars } from './read-chosen-bars.ts'
import { packageRoot, readLines, readTextFile } from './terminal/input-file.ts'
import type { Output } from './terminal/output.ts'

export interface RunOptions extends BarsOptions {
  readonly signals?: string
  readonly strategies?: string
  readonly plugins?: string
  readonly accounts?: string
  readonly from?: string
  readonly to?: string
}

const ONE_ACCOUNT = '[{"label":"paper"}]'
/** A year of the packaged prices in which everything happens that there is to see. */
const DEFAULT_RANGE = { from: '2009-07-01', to: '2010-06-30' }

/**
 * Everything that a run is made of, read and checked.
 * @param flags those that are stored already
 * @throws ConfigurationError with every violation
 */
export async function readRunInputs(
  { folder, environment, prepared }: VerbContext,
  options: RunOptions,
  flags: Readonly<Record<string, string>>,
): Promise<RunInputs> {
  const examples = join(packageRoot(), 'examples')
  const range = parseRange(options.from, options.to)
  const packaged = options.bars === undefined && options.signals === undefined
  const ownStrategies = options.strategies
  const strategies = ownStrategies ?? join(examples, 'strategies.yaml')
  const module = options.plugins ?? (ownStrategies === undefined ? join(examples, 'plugins.mjs') : null)
  return checkInputs({
    market: await readMarket(options, folder),
    // The default is a whole one: who names one end gets all there is towards the other.
    range: packaged && range.from === null && range.to === null ? DEFAULT_RANGE : range,
    strategies: parseStrategies(await readTextFile(strategies, folder), strategies),
    pluginModule: module === null ? null : resolve(folder, module),
    ...(prepared === undefined ? {} : { prepared }),
    accounts: await readAccounts(options, folder, environment, examples),
    environment,
    flags,
  })
}

async function readMarket(options: RunOptions, folder: string): Promise<MarketData> {
  const { bars, signals } = options
  if (bars !== undefined && signals !== undefined) {
    const found = '--bars and --signals together'
    throw new ConfigurationError('The options', [{ path: '--signals', found, allowed: 'one of them' }])
  }
  if (bars !== undefined) return marketOfBars(await readChosenBars(bars, folder, options))
  if (signals === undefined) return packagedMarket()
  return marketOfSignals(await collect(readSignals(readLines(signals, folder), signals)), signals)
}

/** The example accounts name the example strategies; strategies of one's own are traded by one account. */
async function readAccounts(
  { accounts, strategies }: RunOptions,
  folder: string,
  environment: VerbContext['environment'],
  examples: string,
): Promise<{ readonly text: string; readonly name: string }> {
  if (accounts === undefined) {
    const registry = environment['TRADING_ACCOUNTS_JSON']
    if (registry !== undefined) return { text: registry, name: 'TRADING_ACCOUNTS_JSON' }
    if (strategies !== undefined) return { text: ONE_ACCOUNT, name: 'the account' }
  }
  const file = accounts ?? join(examples, 'accounts.json')
  return { text: await readTextFile(file, folder), name: file }
}

/** Says what of the data is passed over, and what looks wrong in it. */
export function noteSkipped({ schedule: { skipped, repeated, jumps } }: RunInputs, output: Output): void {
  if (repeated > 0) output.note(`Counted once: ${repeated} signals that the file repeats.`)
  noteSkippedRows(skipped, output)
  const [first] = jumps
  if (first === undefined) return
  const more = jumps.length === 1 ? '' : `, and ${jumps.length - 1} more`
  output.note(
    `Looks like a split: ${first.symbol} opened on ${first.date} at ${first.ratio.toPrecision(3)} times the close before${more}. Prices are dealt at as they stand: adjust the bars for splits.`,
  )
}

/** A kill switch that is on, in words. */
export function killSwitchLine({ accounts, when }: KillSwitchNews): string {
  if (accounts.length === 0) return 'The kill switch is off again: orders are sent.'
  const names = accounts.join(', ')
  return when === 'end'
    ? `The kill switch is still on for ${names}: no order was sent since. \`torghut kill off\` lets orders pass.`
    : `The kill switch is on for ${names}: no order is sent. \`torghut kill off\` lets them pass.`
}
