/** The three worked strategies of docs/plugins.md: what each says, and a run of all three, interrupted at random points. */
import { mkdtempSync, rmSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fc } from '../support/properties.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPluginModule } from '../../lib/adapters/files/load-plugin-module.ts'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { marketOfBars } from '../../lib/local/market-data.ts'
import { readStoredRun } from '../../lib/local/stored-run.ts'
import { checkInputs, type RunInputs } from '../../lib/local/run-inputs.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'
import { type Question, evaluate } from '../../lib/strategy/exports/testing.ts'
import type { PluginModule } from '../../lib/strategy/plugin-module.ts'
import { shortRun } from '../support/short-run.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../examples')
const MODULE = join(EXAMPLES, 'worked-strategies.ts')
const STRATEGIES = join(EXAMPLES, 'worked-strategies.yaml')
const READING = { symbol: null, timezone: null, dateOrder: null }
const CALENDAR = createCalendar('us_equities')

const folder = mkdtempSync(join(tmpdir(), 'torghut-worked-'))
afterAll(() => rmSync(folder, { recursive: true }))
let module: PluginModule

beforeAll(async () => {
  module = await loadPluginModule(MODULE)
})

/** What a worked strategy says: its reason with the side and the notional, or what came instead. */
function says(name: string, question: Question): string {
  const plugin = module.plugins.find(({ pluginId }) => pluginId === name)
  if (plugin === undefined) throw new Error(`there is no ${name}`)
  const answer = evaluate(plugin, question)
  if (answer.kind !== 'intent') return answer.kind
  const { explain, direction, targetNotional } = answer.intent
  return `${explain.join(' ')}: ${direction} ${formatDecimal(targetNotional)}`
}

const long = (quantity: string, paid: string) => ({
  quantity: decimal(quantity),
  averageEntryPrice: decimal(paid),
})

describe('reversion to the VWAP', () => {
  const at = (price: string, vwap: string, position: Question['position'] = {}) =>
    says('vwap_reversion', { payload: { price, vwap: { session: vwap }, rsi14: null }, position })

  it.each([
    ['buys 0.5 % below it', '99.5', '100', undefined, 'below_vwap: buy 10000'],
    ['waits 0.3 % below it', '99.7', '100', undefined, 'nothing'],
    ['does not buy twice', '99', '100', { openBuys: decimal('5') }, 'nothing'],
    ['leaves 0.4 % above what was paid', '100.4', '101', long('10', '100'), 'target: sell 1004'],
    ['leaves 0.6 % below what was paid', '99.4', '101', long('10', '100'), 'stop: sell 994'],
    ['stays in between', '100.2', '101', long('10', '100'), 'nothing'],
  ])('%s', (_what, price, vwap, position, said) => {
    expect(at(price, vwap, position)).toBe(said)
  })

  it('is not asked where there is no VWAP, as on daily bars', () => {
    expect(says('vwap_reversion', { payload: { price: '1' } })).toBe('not_asked')
  })
})

describe('crossing averages', () => {
  const at = (ema12: string, position: Question['position'] = {}) =>
    says('average_cross', { payload: { price: '50', ema12, ema26: '49', atr14: '2' }, position })

  it('buys as much as two ranges may cost 1 % of the equity: 1000 / 4 = 250 shares of 50', () => {
    expect(at('49.5')).toBe('averages_crossed_up: buy 12500')
  })

  it('leaves when they cross down, and not before', () => {
    expect(at('48.9', long('7', '40'))).toBe('averages_crossed_down: sell 350')
    expect(at('49.1', long('7', '40'))).toBe('nothing')
  })

  it('does nothing below', () => {
    expect(at('48')).toBe('nothing')
  })
})

describe('the breakout', () => {
  const at = (price: string, position: Question['position'] = {}) =>
    says('channel_breakout', { payload: { price, atr14: '1', highest20: '50' }, position })

  it('buys above the bars before', () => {
    expect(at('50.01')).toBe('breakout: buy 10000')
    expect(at('50')).toBe('nothing')
  })

  it('leaves three ranges below their highest: under 47', () => {
    expect(at('46.99', long('10', '48'))).toBe('trailing_exit: sell 469.9')
    expect(at('47', long('10', '48'))).toBe('nothing')
  })
})

const DIPS = [99.4, 99.4, 99.9, 100, 100, 100, 99.4, 98.6, 98.4, 98.4]
/** Quiet, a dip that recovers, a dip that does not, a rise and a fall. */
const PATH = [
  ...Array.from({ length: 40 }, (_, minute) => 100 + (minute % 2) / 10),
  ...DIPS,
  ...Array.from({ length: 30 }, (_, minute) => 98.6 + minute * 0.2),
  ...Array.from({ length: 25 }, (_, minute) => 104 - minute * 0.3),
]

function barsText(): string {
  const rows = PATH.map((close, minute) => {
    const at = new Date(Date.UTC(2024, 0, 3, 14, 30 + minute)).toISOString()
    return `${at},ABC,${close},${(close + 0.05).toFixed(2)},${(close - 0.05).toFixed(2)},${close},1000`
  })
  return `timestamp,symbol,open,high,low,close,volume\n${rows.join('\n')}\n`
}

describe('their indicators', () => {
  it('are Wilder’s average true range and the channel of the 20 bars before', () => {
    const rows = Array.from(
      { length: 22 },
      (_, n) => `2024-01-03T14:${30 + n}:00Z,ABC,10,${12 + (n % 2)},${9 - (n % 2)},10,1`,
    )
    const bars = parseBars(
      `timestamp,symbol,open,high,low,close,volume\n${rows.join('\n')}\n`,
      'b.csv',
      READING,
    )
    const payloads = signalsFromBars(bars, CALENDAR, module.indicators).signals.map(({ payload }) => payload)
    // ranges alternate 3 and 5: the mean of the first 14 is 4, then (13 x 4 + 3) / 14
    expect(payloads.slice(12, 15).map((payload) => payload['atr14'])).toEqual([undefined, '4', '3.92857143'])
    expect(payloads[19]).not.toHaveProperty('highest20')
    expect(payloads[20]).toMatchObject({ highest20: '13', lowest20: '8' })
  })
})

describe('a run of all three', () => {
  const accounts = ['vwap', 'cross', 'breakout'].map((id) => ({ label: id, strategies: [id] }))
  let inputs: RunInputs
  let whole = ''

  beforeAll(async () => {
    const text = barsText()
    inputs = await checkInputs({
      market: marketOfBars({ name: 'bars.csv', hash: 'bars', bars: parseBars(text, 'bars.csv', READING) }),
      range: { from: null, to: null },
      strategies: parseStrategies(readFileSync(STRATEGIES, 'utf8'), STRATEGIES),
      pluginModule: MODULE,
      accounts: { text: JSON.stringify(accounts), name: 'accounts.json' },
      environment: {},
      flags: {},
    })
    whole = await digestAfter('whole', [])
  })

  /** The digest of a run that is stopped after these steps and started again each time. */
  async function digestAfter(name: string, stops: readonly number[]): Promise<string> {
    for (const at of [...stops, Number.POSITIVE_INFINITY]) {
      const stop = new AbortController()
      const onProgress = ({ done }: { readonly done: number }) => done >= at && stop.abort()
      const result = await shortRun(join(folder, name), inputs, { stop: stop.signal, onProgress })
      if (result.kind === 'finished') return result.digest
    }
    throw new Error('the run did not end')
  }

  it('opens and closes as each strategy says', async () => {
    const reasons = await readStoredRun(join(folder, 'whole'), async (stores, { accounts: labels }) => {
      const found: string[] = []
      for (const label of labels) {
        for await (const { explain, outcome } of stores.decisions.listDecisions(label)) {
          if (outcome.kind === 'accepted') found.push(`${label} ${explain.join(' ')}`)
        }
      }
      return new Set(found)
    })
    expect([...reasons].sort()).toEqual([
      'breakout breakout',
      'breakout trailing_exit',
      'cross averages_crossed_down',
      'cross averages_crossed_up',
      'vwap below_vwap',
      'vwap stop',
      'vwap target',
    ])
  })

  it('has the same digest when it is interrupted at 20 random points', async () => {
    const steps = inputs.schedule.steps.length
    const [random = []] = fc.sample(
      fc.uniqueArray(fc.integer({ min: 1, max: steps - 1 }), { minLength: 20, maxLength: 20 }),
      {
        numRuns: 1,
      },
    )
    const stops = random.toSorted((left, right) => left - right)
    expect(await digestAfter('interrupted', stops), `stopped after ${stops.join(', ')}`).toBe(whole)
  })
})
