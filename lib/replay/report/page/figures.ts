/** The figures of an account: what a trader looks at first, and the tables behind it. */
import type { AccountData, MonthData } from '../report-data.ts'
import { el, plainTable } from './dom.ts'
import { extrapolated } from '../../figures/extrapolated.ts'
import { count, gain, money, percent, quantity, ratio, span, times } from './format.ts'

/** The answer in one sentence, and the figures that bear it. */
export function overview({ figures, held: open }: AccountData): HTMLElement {
  const { equity, benchmark, trades, buyAndHold, startEquity, endEquity } = figures
  const { drawdown } = equity
  const held = benchmark?.drawdown.depth ?? null
  const difference = buyAndHold === null ? null : equity.totalReturn - buyAndHold
  const verdict =
    difference === null
      ? `${gain(equity.totalReturn)}.`
      : `${gain(equity.totalReturn)}, ${(Math.abs(difference) * 100).toFixed(1)} points ${difference < 0 ? 'less' : 'more'} than buying and holding (${gain(buyAndHold)}).`
  const fall = `${percent(-drawdown.depth)}${held === null ? '' : `; holding fell ${percent(held)}`}`
  const cards = [
    card('Return', gain(equity.totalReturn), `${money(startEquity)} to ${money(endEquity)}`),
    card('A year', gain(equity.annualReturn), yearInWords(equity)),
    card('Buy and hold', gain(buyAndHold), `Sharpe ${ratio(benchmark?.sharpe ?? null)}`),
    card('Deepest fall', percent(-drawdown.depth), fallInWords(drawdown)),
    card('Sharpe', ratio(equity.sharpe), `Sortino ${ratio(equity.sortino)}, Calmar ${ratio(equity.calmar)}`),
    card(
      'Round trips',
      count(trades.roundTrips),
      `won ${percent(trades.winRate, 0)}, profit factor ${ratio(trades.profitFactor)}`,
    ),
    card(
      'Invested',
      percent(figures.exposure, 0),
      `of the time; turned over ${times(figures.turnover)} a year`,
    ),
    card('Trades', count(trades.trades), `fees ${money(trades.fees)}`),
  ]
  return el(
    'div',
    {},
    el('p', { class: 'verdict' }, `${verdict} Deepest fall ${fall}.`),
    ...(open.length === 0 ? [] : [el('p', { class: 'quiet' }, stillHeld(open))]),
    el('dl', { class: 'cards' }, ...cards),
  )
}

function yearInWords(equity: AccountData['figures']['equity']): string {
  const from = extrapolated(equity)
  return `volatility ${percent(equity.annualVolatility)}${from === null ? '' : `; ${from}`}`
}

/** More than these are counted. */
const MOST_HELD = 8

function stillHeld(held: AccountData['held']): string {
  const named = held.map(([symbol, number]) => `${quantity(number)} ${symbol}`)
  const what = held.length > MOST_HELD ? `${held.length} symbols` : named.join(', ')
  const worth = held.reduce((sum, [, , value]) => sum + value, 0)
  return `Still held at the end: ${what}, worth ${money(worth)}: part of the return, but no round trip yet.`
}

/** What each account came to, to compare them. */
export function accountTable(accounts: readonly AccountData[]): HTMLElement {
  return plainTable(
    'All accounts',
    ['Account', 'Return', 'Buy and hold', 'Deepest fall', 'Sharpe', 'Round trips', 'Won', 'Invested', 'Fees'],
    accounts.map(({ label, figures: { equity, trades, buyAndHold, exposure } }) => [
      label,
      gain(equity.totalReturn),
      gain(buyAndHold),
      percent(-equity.drawdown.depth),
      ratio(equity.sharpe),
      count(trades.roundTrips),
      percent(trades.winRate, 0),
      percent(exposure, 0),
      money(trades.fees),
    ]),
  )
}

function card(name: string, value: string, detail: string): HTMLElement {
  return el(
    'div',
    { class: 'card' },
    el('dt', {}, name),
    el('dd', { class: 'value' }, value),
    el('dd', { class: 'quiet' }, detail),
  )
}

function fallInWords({ from, to, recovered }: AccountData['figures']['equity']['drawdown']): string {
  if (from === null || to === null) return 'none'
  return `${from} to ${to}, ${recovered === null ? 'not yet recovered' : `recovered ${recovered}`}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** One row a year; below each month what holding made. */
export function monthTable(months: readonly MonthData[]): HTMLElement {
  const years = [...new Set(months.map(({ month }) => month.slice(0, 4)))]
  const rows: (string | HTMLElement)[][] = []
  for (const year of years) {
    const own = months.filter(({ month }) => month.startsWith(year))
    const cells = MONTHS.map((_, index) => {
      const found = own.find(({ month }) => Number(month.slice(5)) === index + 1)
      return found === undefined ? el('td') : monthCell(found.account, found.benchmark)
    })
    const whole = compounded(own.map(({ account }) => account))
    const held = own.every(({ benchmark }) => benchmark === null)
      ? null
      : compounded(own.map(({ benchmark }) => benchmark ?? 0))
    rows.push([year, ...cells, monthCell(whole, held)])
  }
  return plainTable('Return of each month; below it buying and holding', ['Year', ...MONTHS, 'Year'], rows)
}

function monthCell(account: number | null, benchmark: number | null): HTMLElement {
  const change = account ?? 0
  const kind = change > 0.0005 ? 'won' : change < -0.0005 ? 'lost' : null
  const strength = Math.min(1, Math.abs(change) / 0.05)
  return el(
    'td',
    { class: `month ${kind ?? ''}`, style: `--strength:${Math.round(strength * 100)}%` },
    gain(account),
    el('small', {}, benchmark === null ? '' : gain(benchmark)),
  )
}

/** Null where one of them is. */
function compounded(returns: readonly (number | null)[]): number | null {
  let product = 1
  for (const value of returns) {
    if (value === null) return null
    product *= 1 + value
  }
  return product - 1
}

export function partTables({ figures, strategies }: AccountData): HTMLElement {
  const head = [
    'Profit',
    'Return',
    'Deepest fall',
    'Sharpe',
    'Trades',
    'Round trips',
    'Won',
    'Profit factor',
    'Invested',
    'Fees',
  ]
  const cells = (part: (typeof figures.bySymbol)[number] | (typeof figures.byStrategy)[number]) => [
    money(part.profit),
    gain(part.equity.totalReturn),
    percent(-part.equity.drawdown.depth),
    ratio(part.equity.sharpe),
    count(part.trades),
    count(part.roundTrips),
    percent(part.winRate, 0),
    ratio(part.profitFactor),
    percent(part.exposure, 0),
    money(part.fees),
  ]
  const bySymbol = figures.bySymbol.map((part) => [part.symbol, ...cells(part), gain(part.buyAndHold)])
  const byStrategy = figures.byStrategy.map((part) => [part.strategy, ...cells(part)])
  const beside = strategies.map(([name, intents, denials, errors, fallbacks, seconds]) => [
    name,
    ...[intents, denials, errors, fallbacks].map((number) => count(number)),
    span(seconds),
  ])
  return el(
    'div',
    {},
    plainTable('By symbol, as if nothing else had been dealt', ['Symbol', ...head, 'Buy and hold'], bySymbol),
    plainTable(
      'By strategy: its equal share of each trade that it was behind; what another sold of it counts as held, and as sold short by that one',
      ['Strategy', ...head],
      byStrategy,
    ),
    plainTable(
      'What strategies did beside trading',
      ['Strategy', 'Intents', 'Denied', 'Errors', 'Fallbacks', 'Circuit open'],
      beside,
    ),
  )
}
