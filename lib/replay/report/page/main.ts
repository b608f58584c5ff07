/** The page of a report: reads the data that stands in its file and shows it. Nothing is loaded from anywhere. */
import type { AccountData, ReportData } from '../report-data.ts'
import {
  denialChart,
  drawdownChart,
  equityChart,
  forgetCharts,
  priceChart,
  recolourCharts,
} from './charts.ts'
import { decisionTable } from './decision-table.ts'
import { choice, el, plainTable, section } from './dom.ts'
import { accountTable, monthTable, overview, partTables } from './figures.ts'
import { count, date } from './format.ts'
import { readData } from './unpack.ts'

const CHARTS = 'https://www.tradingview.com/lightweight-charts/'

function show(data: ReportData): void {
  const main = el('main')
  const place = document.querySelector('#report')
  const labels = data.accounts.map(({ label }, index): [string, string] => [String(index), label])
  const accounts = choice('Account', labels, (value) => showAccount(data, Number(value), main))
  const controls = el('div', { class: 'controls' }, ...(labels.length > 1 ? [accounts] : []), schemeChoice())
  const first = data.accounts[0]?.equity
  const days =
    first === undefined
      ? ''
      : `${date(first[0]?.[0] ?? 0)} to ${date(first.at(-1)?.[0] ?? 0)}, days of New York, times in UTC`
  const about = [days, symbolsOf(data), ...(data.terms === null ? [] : [data.terms])].join('; ')
  place?.append(
    el('header', {}, el('h1', {}, data.title), el('p', { class: 'quiet' }, about), controls),
    main,
    footer(data),
  )
  showAccount(data, 0, main)
}

function showAccount(data: ReportData, index: number, main: HTMLElement): void {
  const account = data.accounts[index]
  forgetCharts()
  if (account === undefined) {
    main.replaceChildren(el('p', {}, 'No account traded.'))
    return
  }
  main.replaceChildren(
    section(
      `Account ${account.label}`,
      overview(account),
      ...(data.accounts.length > 1 ? [accountTable(data.accounts)] : []),
    ),
    section(
      'Equity against buy and hold',
      caption(),
      equityChart(account.figures.startEquity, account.equity, account.benchmark),
    ),
    section('Price with entries and exits', prices(data, account)),
    section('Drawdown', caption(), drawdownChart(account.drawdown)),
    section('Months', monthTable(account.months)),
    section('Symbols and strategies', partTables(account)),
    section('Trades', decisionTable(index, account, data.pieceSize)),
    section('Denials over time', denials(account)),
    section(
      'What else happened',
      plainTable(
        'Counts',
        ['What', 'Number', 'In words'],
        account.counts.map(([name, number, detail]) => [name, count(number), detail]),
      ),
    ),
  )
}

/** What happens within a day is in neither curve, nor in the figures made of them. */
function caption(): HTMLElement {
  return el('p', { class: 'quiet' }, 'Daily closes: the last equity of each day')
}

/** More than these are counted. */
const MOST_NAMED = 12

function symbolsOf({ prices: all }: ReportData): string {
  return all.length > MOST_NAMED ? `${all.length} symbols` : all.map(({ symbol }) => symbol).join(', ')
}

function prices(data: ReportData, { decisions }: AccountData): HTMLElement {
  const frame = el('div')
  const showSymbol = (symbol: string) => {
    const points = data.prices.find((one) => one.symbol === symbol)?.points ?? []
    frame.replaceChildren(priceChart(symbol, points, decisions))
  }
  const traded = data.prices.map(({ symbol }) => symbol)
  const first = traded.find((symbol) =>
    decisions.some((one) => one.symbol === symbol && one.outcome === 'filled'),
  )
  const chosen = first ?? traded[0]
  if (chosen === undefined) return el('p', {}, 'No prices.')
  const ordered = [chosen, ...traded.filter((symbol) => symbol !== chosen)]
  showSymbol(chosen)
  const select = choice(
    'Symbol',
    ordered.map((symbol) => [symbol, symbol] as const),
    showSymbol,
  )
  const key = el('p', { class: 'quiet' }, '\u25B2 bought, \u25BC sold')
  return el('div', {}, el('div', { class: 'controls' }, select, key), frame)
}

function denials({ denials: all, equity }: AccountData): HTMLElement {
  if (all.length === 0) return el('p', {}, 'None.')
  const totals = new Map<string, number>()
  for (const [, reason, number] of all) totals.set(reason, (totals.get(reason) ?? 0) + number)
  const reasons = [...totals].sort(([, left], [, right]) => right - left)
  const frame = el('div', {}, denialChart(all, equity))
  const options: [string, string][] = [
    ['', 'all reasons'],
    ...reasons.map(([reason]): [string, string] => [reason, reason]),
  ]
  const select = choice('Reason', options, (wanted) =>
    frame.replaceChildren(
      denialChart(
        all.filter(([, reason]) => wanted === '' || reason === wanted),
        equity,
      ),
    ),
  )
  const table = plainTable(
    'Denials by reason',
    ['Reason', 'Number'],
    reasons.map(([reason, number]) => [reason, count(number)]),
  )
  return el('div', {}, el('div', { class: 'controls' }, select), frame, table)
}

function footer({ digest }: ReportData): HTMLElement {
  const link = el('a', { href: CHARTS, rel: 'noopener noreferrer' }, 'TradingView Lightweight Charts\u2122')
  return el(
    'footer',
    { class: 'quiet' },
    ...(digest === null ? [] : [el('p', {}, 'Digest of the run: ', el('code', {}, digest))]),
    el(
      'p',
      {},
      'Charts: ',
      link,
      ', \u00A9 TradingView, Inc. https://www.tradingview.com/, Apache-2.0. Figures are defined in docs/backtest.md.',
    ),
  )
}

/** The page follows the system's colours until somebody chooses. */
function schemeChoice(): HTMLElement {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolourCharts)
  return choice(
    'Colours',
    [
      ['', 'as the system'],
      ['light', 'light'],
      ['dark', 'dark'],
    ],
    (scheme) => {
      if (scheme === '') delete document.documentElement.dataset['scheme']
      else document.documentElement.dataset['scheme'] = scheme
      recolourCharts()
    },
  )
}

readData()
  .then(show)
  .catch((error: unknown) => {
    const advice = 'The report cannot be shown. It needs a browser of 2024 or later, and its whole file.'
    document.querySelector('#report')?.append(el('p', { role: 'alert' }, `${advice} ${String(error)}`))
  })
