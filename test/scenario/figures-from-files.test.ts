/**
 * Every figure of a backtest again from its trades and equity files and the bars alone, in a few lines that share nothing with the
 * code; and two recorded curves beside empyrical-reloaded 0.7.1 (run by hand over the equity file's daily closes: the last
 * equity of each date, the first return against the first equity; cum_returns_final, annual_return, ... with their defaults).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { statistics, sum } from '../support/textbook-statistics.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-figures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Numbers = Readonly<Record<string, number | null>>
type Curve = Numbers & { readonly drawdown: { readonly depth: number } }
interface Part extends Readonly<Record<string, unknown>> {
  readonly equity: Curve
  readonly symbol?: string
  readonly strategy?: string
}
interface Account {
  readonly label: string
  readonly orders: Readonly<Record<string, number>>
  readonly strategies: readonly (Numbers & { readonly strategy: string })[]
  readonly figures: Readonly<Record<string, unknown>> & {
    readonly start_equity: number
    readonly equity: Curve
    readonly benchmark: Curve
    readonly trades: Numbers
    readonly by_symbol: readonly Part[]
    readonly by_strategy: readonly Part[]
  }
}

async function backtest(...words: readonly string[]): Promise<readonly Account[]> {
  const files = ['--trades', 't.csv', '--equity', 'e.csv', '--json']
  const { code, stdout, stderr } = await runInside(['backtest', ...words, ...files], { folder })
  if (code !== 0) throw new Error(stderr)
  return (jsonLines(stdout)[0] as { readonly accounts: readonly Account[] }).accounts
}

const rowsOf = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))

interface Deal {
  readonly at: number
  readonly symbol: string
  readonly quantity: number
  readonly price: number
  readonly fee: number
  readonly by: readonly string[]
}

const dealsOf = (account: string): Deal[] =>
  rowsOf('t.csv')
    .filter(([label]) => label === account)
    .map(([, at = '', symbol = '', side, quantity, price, fee, by = '']) => ({
      at: Date.parse(at),
      symbol,
      quantity: side === 'buy' ? Number(quantity) : -Number(quantity),
      price: Number(price),
      fee: Number(fee),
      by: by.split(' '),
    }))
const equityOf = (account: string) =>
  rowsOf('e.csv')
    .filter(([label]) => label === account)
    .map(([, at = '', equity]) => ({ at: Date.parse(at), equity: Number(equity) }))

function trips(deals: readonly Deal[]) {
  const done: { profit: number; days: number }[] = []
  for (const symbol of new Set(deals.map((deal) => deal.symbol))) {
    let [held, money, since] = [0, 0, 0]
    const deal = ({ at, price }: Deal, quantity: number, fee: number) => {
      if (held === 0) since = at
      held = Math.abs(held + quantity) < 1e-9 ? 0 : held + quantity
      money -= quantity * price + fee
      if (held !== 0) return
      done.push({ profit: money, days: (at - since) / 86_400_000 })
      money = 0
    }
    for (const one of deals.filter((other) => other.symbol === symbol)) {
      // what goes through nothing is two deals
      const closing = held * one.quantity < 0 && Math.abs(one.quantity) > Math.abs(held) + 1e-9 ? -held : 0
      if (closing !== 0) deal(one, closing, (one.fee * closing) / one.quantity)
      deal(one, one.quantity - closing, (one.fee * (one.quantity - closing)) / one.quantity)
    }
  }
  const wins = done.filter(({ profit }) => profit > 0).map(({ profit }) => profit)
  const losses = done.filter(({ profit }) => profit < 0).map(({ profit }) => -profit)
  return {
    trades: deals.length,
    round_trips: done.length,
    win_rate: done.length === 0 ? null : wins.length / done.length,
    profit_factor: losses.length === 0 ? null : sum(wins) / sum(losses),
    average_win: wins.length === 0 ? null : sum(wins) / wins.length,
    average_loss: losses.length === 0 ? null : sum(losses) / losses.length,
    average_holding_days: done.length === 0 ? null : sum(done.map(({ days }) => days)) / done.length,
    volume: sum(deals.map(({ quantity, price }) => Math.abs(quantity) * price)),
    fees: sum(deals.map(({ fee }) => fee)),
  }
}

/** Share of the instants, one a minute of trading days, at which something is held. */
function exposure(deals: readonly Deal[], from: number, to: number): number {
  const bounds = [...new Set([from, to, ...deals.map(({ at }) => at)])].sort((left, right) => left - right)
  const heldAfter = (at: number) => {
    const held = new Map<string, number>()
    for (const deal of deals)
      if (deal.at <= at) held.set(deal.symbol, (held.get(deal.symbol) ?? 0) + deal.quantity)
    return [...held.values()].some((quantity) => Math.abs(quantity) > 1e-9)
  }
  return sum(bounds.map((at, index) => (heldAfter(at) ? (bounds[index + 1] ?? at) - at : 0))) / (to - from)
}

const close = (expected: Readonly<Record<string, number | null>>) =>
  Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [name, value === null ? null : expect.closeTo(value, 7)]),
  )
const flat = ({ drawdown, ...others }: Curve) => ({ ...others, depth: drawdown.depth })

describe('figures of a run over bars that the test has made', () => {
  const CLOSED = new Set(['2024-01-15', '2024-02-19', '2024-03-29', '2024-05-27', '2024-06-19'])
  const COOLDOWN = 432_000
  const SYMBOLS = ['ABC', 'XYZ']
  const dates = Array.from({ length: 170 }, (_, index) => new Date(Date.UTC(2024, 0, 2 + index)))
    .filter((date) => date.getUTCDay() % 6 !== 0)
    .map((date) => date.toISOString().slice(0, 10))
    .filter((date) => !CLOSED.has(date))
  const priceOf = (symbol: string, index: number) =>
    Math.round(
      100 * (symbol === 'ABC' ? 100 + 12 * Math.sin(index / 5) : 60 + index / 10 - 6 * Math.cos(index / 4)),
    ) / 100
  let account: Account
  let prices: { readonly at: number; readonly symbol: string; readonly price: number }[] = []

  beforeAll(async () => {
    const bars = dates.flatMap((date, index) =>
      SYMBOLS.map((symbol) => {
        const price = priceOf(symbol, index)
        return `${date},${symbol},${price},${price + 1},${price - 1},${price},1000`
      }),
    )
    writeFileSync(
      join(folder, 'bars.csv'),
      `timestamp,symbol,open,high,low,close,volume\n${bars.join('\n')}\n`,
    )
    writeFileSync(
      join(folder, 'p.mjs'),
      `export const plugins = ({ decimal }) => ['low', 'mid'].map((pluginId) => ({
         pluginId, version: '1.0.0', requiredFeatures: ['boll_mid'],
         evaluate(_context, { values }) {
           if (pluginId === 'mid' && values.price > decimal('111')) throw new Error('dizzy')
           const isLow = values.price < values.boll_mid
           if (pluginId === 'low' && !isLow && values.rsi14 < decimal('60')) return null
           return { direction: isLow ? 'buy' : 'sell', confidence: decimal('0.6'), targetNotional: decimal('3000'), explain: ['x'] }
         },
       }))`,
    )
    writeFileSync(
      join(folder, 's.yaml'),
      ['low', 'mid']
        .map(
          (id) =>
            `- { id: ${id}, name: ${id}, strategy_type: ${id}, version: 1.0.0, enabled: true, base_timeframe: 1Day${id === 'mid' ? ', universe_symbols: [ABC]' : ''} }\n`,
        )
        .join(''),
    )
    const costs = ['--fee-bps', '3', '--slippage-bps', '5', '--fee-per-share', '0.01']
    const words = ['--bars', 'bars.csv', '--strategies', 's.yaml', '--plugins', 'p.mjs', ...costs]
    const [only] = await backtest(...words)
    if (only === undefined) throw new Error('no account')
    account = only
    // a close is known at the next session's tick, which the equity file has
    const ticks = [...new Set(equityOf('paper').map(({ at }) => at))]
    prices = dates.flatMap((date, index) => {
      const at = ticks.find((tick) => tick > Date.parse(`${date}T21:00:00Z`))
      return at === undefined ? [] : SYMBOLS.map((symbol) => ({ at, symbol, price: priceOf(symbol, index) }))
    })
  })

  /** Equity of these deals alone, at the last tick of each date, before what was dealt at it. */
  function curveOf(deals: readonly Deal[], start: number) {
    const symbols = new Set(deals.map(({ symbol }) => symbol))
    const ticks = [...new Set(prices.filter(({ symbol }) => symbols.has(symbol)).map(({ at }) => at))]
    const worth = (isDone: (deal: Deal) => boolean, tick: number) =>
      sum(
        [...symbols].map((symbol) => {
          const known = prices.findLast((one) => one.symbol === symbol && one.at <= tick)?.price ?? 0
          return sum(
            deals
              .filter((deal) => deal.symbol === symbol && isDone(deal))
              .map(({ quantity, price, fee }) => quantity * (known - price) - fee),
          )
        }),
      )
    const last = ticks.at(-1) ?? 0
    return [
      ...ticks.map((tick) => ({ at: tick, equity: start + worth(({ at }) => at < tick, tick) })),
      { at: last, equity: start + worth(() => true, last) },
    ]
  }

  it('of the account', () => {
    const { figures } = account
    const [deals, equity] = [dealsOf('paper'), equityOf('paper')]
    expect(deals.length).toBeGreaterThan(40)
    expect(flat(figures.equity)).toEqual(close(statistics(equity)))
    expect(figures.trades).toEqual(close(trips(deals)))
    const [from, to] = [equity[0]?.at ?? 0, equity.at(-1)?.at ?? 0]
    expect(figures['exposure']).toBeCloseTo(exposure(deals, from, to), 9)
    const average = sum(equity.map((point) => point.equity)) / equity.length
    const days = statistics(equity).days
    expect(figures['turnover']).toBeCloseTo((trips(deals).volume / average) * (252 / days), 9)
    expect(figures['end_equity']).toBeCloseTo(equity.at(-1)?.equity ?? 0, 6)
  })

  it('of buying and holding', () => {
    const grown = (symbol: string, at: number) => {
      const own = prices.filter((one) => one.symbol === symbol && one.at <= at)
      return (own.at(-1)?.price ?? 0) / (own[0]?.price ?? 1)
    }
    const ticks = [...new Set(prices.map(({ at }) => at))]
    const curve = ticks.map((at) => ({
      at,
      equity: 100_000 * (sum(SYMBOLS.map((symbol) => grown(symbol, at))) / 2),
    }))
    expect(flat(account.figures.benchmark)).toEqual(close(statistics(curve)))
    expect(account.figures['buy_and_hold']).toBeCloseTo(statistics(curve).total_return, 9)
  })

  it('of each symbol and each strategy, which add up to what the account made', () => {
    const deals = dealsOf('paper')
    const { by_symbol: bySymbol, by_strategy: byStrategy, start_equity: start } = account.figures
    expect(bySymbol.map(({ symbol }) => symbol)).toEqual(SYMBOLS)
    expect(byStrategy.map(({ strategy }) => strategy)).toEqual(['low', 'mid'])
    const ownOf = ({ symbol, strategy = '' }: Part) =>
      symbol === undefined
        ? deals
            .filter(({ by }) => by.includes(strategy))
            .map((deal) =>
              Object.assign({}, deal, {
                quantity: deal.quantity / deal.by.length,
                fee: deal.fee / deal.by.length,
              }),
            )
        : deals.filter((deal) => deal.symbol === symbol)
    for (const part of [...bySymbol, ...byStrategy]) {
      const own = ownOf(part)
      const curve = curveOf(own, start)
      expect(flat(part.equity)).toEqual(close(statistics(curve)))
      expect(part).toMatchObject(close(trips(own)))
      expect(part['profit']).toBeCloseTo((curve.at(-1)?.equity ?? 0) - start, 6)
    }
    const made = (account.figures['end_equity'] as number) - start
    expect(sum(bySymbol.map(({ profit }) => profit as number))).toBeCloseTo(made, 6)
    expect(sum(byStrategy.map(({ profit }) => profit as number))).toBeCloseTo(made, 6)
  })

  it('counts what each strategy did beside trading', async () => {
    const [, mid] = account.strategies
    const dealt = dealsOf('paper').filter(({ by }) => by.includes('mid')).length
    expect(account.orders['filled']).toBe(dealsOf('paper').length)
    // the order of the last day finds no price any more
    expect(mid?.['decisions']).toBe(dealt + 1)
    // it throws at three closes in a row above 111 since there are indicators, which opens its circuit for five days (lib/local/profile.ts)
    const opened = dates.filter(
      (_, index) => index > 30 && [0, 1, 2].every((back) => priceOf('ABC', index - back) > 111),
    )
    const runs = opened.filter(
      (date, index) => dates.indexOf(opened[index - 1] ?? '') !== dates.indexOf(date) - 1,
    )
    expect(runs).toHaveLength(3)
    const closeOf = (date = '') => Date.parse(`${date}T21:00:00Z`)
    const closed = (date: string) =>
      dates.filter((later) => later > date && closeOf(later) <= closeOf(date) + COOLDOWN * 1000).length
    expect(mid?.['errors']).toBe(sum(runs.map((date) => 3 + closed(date))))
    expect(mid?.['circuit_seconds']).toBe(COOLDOWN * 3)
    expect(account.strategies[0]).toMatchObject({
      strategy: 'low',
      errors: 0,
      fallbacks: 0,
      circuit_seconds: 0,
    })
  })
})

describe('figures of a run over half hours from before dawn to the evening, over a week end on which clocks change', () => {
  const DATES = ['2024-03-07', '2024-03-08', '2024-03-11', '2024-03-12']
  let account: Account

  beforeAll(async () => {
    const bars = DATES.flatMap((date, day) =>
      Array.from({ length: 32 }, (_, half) => {
        const clock = `${String(4 + Math.floor(half / 2)).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`
        return ['ABC', 'XYZ'].map((symbol) => {
          const price = symbol === 'ABC' ? 100 + day + half / 4 : 80 - day / 2 + (half % 5) / 2
          return `${date} ${clock}:00,${symbol},${price},${price},${price},${price},1000`
        })
      }).flat(),
    )
    writeFileSync(join(folder, 'h.csv'), `time,symbol,open,high,low,close,volume\n${bars.join('\n')}\n`)
    writeFileSync(
      join(folder, 'h.mjs'),
      `export const plugins = ({ decimal }) => [{
         pluginId: 'h', version: '1.0.0', requiredFeatures: [], needs: 'price',
         evaluate({ position }) {
           return { direction: position.quantity > 0n ? 'sell' : 'buy', confidence: decimal('0.6'), targetNotional: decimal('9000'), explain: ['x'] }
         },
       }, { pluginId: 'calm', version: '1.0.0', requiredFeatures: [], needs: 'price', evaluate: () => null }]`,
    )
    writeFileSync(
      join(folder, 'h.yaml'),
      ['h', 'calm']
        .map(
          (id) =>
            `- { id: ${id}, name: ${id}, strategy_type: ${id}, version: 1.0.0, enabled: true, base_timeframe: 30Min }\n`,
        )
        .join(''),
    )
    const words = ['--bars', 'h.csv', '--timezone', 'America/New_York', '--fee-bps', '2']
    const [only] = await backtest(...words, '--strategies', 'h.yaml', '--plugins', 'h.mjs')
    if (only === undefined) throw new Error('no account')
    account = only
  })

  it('says from how little a yearly figure is made, and dates its picture by New York', async () => {
    const words = ['--bars', 'h.csv', '--timezone', 'America/New_York', '--strategies', 'h.yaml']
    const { stdout, stderr } = await runInside(['backtest', ...words, '--plugins', 'h.mjs'], { folder })
    // it wants something of all signals; the other one of none
    expect(stderr).toMatch(/Strategy calm wanted nothing of any signal\.$/m)
    expect(stderr).not.toContain('Strategy h ')
    expect(stdout).toMatch(/% a year \(from 4 days only\)/)
    // the last bar ends at midnight in UTC
    expect(stdout).toMatch(/^ +2024-03-07 +2024-03-12$/m)
    expect(stdout).not.toContain('2024-03-13')
  })

  it('has the days on which New York traded, whatever their date in UTC', () => {
    const equity = equityOf('paper')
    // 20:00 in New York on Friday is Saturday in UTC
    expect(equity.some(({ at }) => new Date(at).getUTCDay() === 6)).toBe(true)
    expect(account.figures.equity['days']).toBe(DATES.length)
    expect(flat(account.figures.equity)).toEqual(close(statistics(equity)))
  })

  it('counts what was made on the first day in each part, and in what was held', () => {
    const { by_symbol: bySymbol, by_strategy: byStrategy, start_equity: start, benchmark } = account.figures
    expect(bySymbol).toHaveLength(2)
    for (const { profit, equity } of [...bySymbol, ...byStrategy]) {
      expect(equity['total_return']).toBeCloseTo((profit as number) / start, 12)
    }
    expect(byStrategy[0]?.equity['total_return']).toBeCloseTo(account.figures.equity['total_return'] ?? 0, 9)
    expect(benchmark['total_return']).toBeCloseTo(account.figures['buy_and_hold'] as number, 12)
  })
})

describe('recorded curves have the values that empyrical gives', () => {
  let accounts: readonly Account[] = []
  beforeAll(async () => {
    accounts = await backtest('--fee-bps', '2', '--slippage-bps', '5')
  })

  it.each([
    {
      label: 'balanced',
      days: 252,
      total_return: 0.07155696056260008,
      annual_return: 0.07155696056260008,
      annual_volatility: 0.06136285662286605,
      sharpe: 1.156973303253964,
      sortino: 1.7721704689772055,
      calmar: 1.4868836113858113,
      depth: 0.04812546188192045,
    },
    {
      label: 'contrarian',
      days: 252,
      total_return: 0.08110291046679885,
      annual_return: 0.08110291046679885,
      annual_volatility: 0.06425178187934759,
      sharpe: 1.2458969620211597,
      sortino: 1.8523338715945503,
      calmar: 2.167330291547969,
      depth: 0.03742065101155986,
    },
  ])('$label', ({ label, ...values }) => {
    const account = accounts.find((one) => one.label === label)
    expect(flat(account?.figures.equity as Curve)).toEqual(close(values))
  })
})
