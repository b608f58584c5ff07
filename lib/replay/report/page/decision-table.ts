/**
 * The table of all decisions: sorted by any column, filtered, and virtual, so that a hundred thousand rows scroll: only the rows in
 * sight exist.
 */
import type { AccountData, DecisionData } from '../report-data.ts'
import { choice, el } from './dom.ts'
import { count, minute, money, quantity } from './format.ts'
import { showWhy } from './why.ts'

interface Column {
  readonly title: string
  readonly value: (decision: DecisionData) => string | number | null
  readonly text: (decision: DecisionData) => string
  readonly isNumber?: true
  /** Cut off where it is longer than a column should be; the dialog tells the whole. */
  readonly isLong?: true
}

const COLUMNS: readonly Column[] = [
  { title: 'Time (UTC)', value: ({ at }) => at, text: ({ at }) => minute(at) },
  { title: 'Symbol', value: ({ symbol }) => symbol, text: ({ symbol }) => symbol },
  { title: 'Side', value: ({ side }) => side, text: ({ side }) => side },
  { title: 'Quantity', value: (one) => one.quantity, text: (one) => quantity(one.quantity), isNumber: true },
  { title: 'Price', value: ({ price }) => price, text: ({ price }) => money(price), isNumber: true },
  { title: 'Fee', value: ({ fee }) => fee, text: ({ fee }) => money(fee), isNumber: true },
  {
    title: 'Round trip',
    value: ({ profit }) => profit,
    text: ({ profit }) => (profit === null ? '' : money(profit)),
    isNumber: true,
  },
  { title: 'Strategies', value: ({ strategies }) => strategies, text: ({ strategies }) => strategies },
  { title: 'Reasons', value: ({ reasons }) => reasons, text: ({ reasons }) => reasons, isLong: true },
  { title: 'Outcome', value: outcomeOf, text: outcomeOf },
]

const ROW_HEIGHT = 34
/** Rows beyond either edge, so that fast scrolling shows no gap. */
const SPARE_ROWS = 12

function outcomeOf({ outcome, detail }: DecisionData): string {
  return detail === '' ? outcome : `${outcome}: ${detail}`
}

type Filter = (decision: DecisionData) => boolean

const SHOWN: Readonly<Record<string, Filter>> = {
  trades: ({ outcome }) => outcome === 'filled',
  won: ({ profit }) => profit !== null && profit > 0,
  lost: ({ profit }) => profit !== null && profit < 0,
  denied: ({ outcome }) => outcome === 'denied',
  all: () => true,
}

export function decisionTable(account: number, { decisions }: AccountData, pieceSize: number): HTMLElement {
  let rows: readonly number[] = []
  let sorted = { column: 0, isDown: false }
  let shown = SHOWN['trades'] as Filter
  let words = ''

  const body = el('tbody')
  const status = el('p', { role: 'status', class: 'quiet' })
  const heads = COLUMNS.map(({ title, isNumber }, index) => {
    const button = el('button', { type: 'button' }, title)
    button.addEventListener('click', () => {
      sorted = { column: index, isDown: sorted.column === index && !sorted.isDown }
      refresh()
    })
    return el('th', { scope: 'col', class: isNumber ? 'number' : null }, button)
  })
  const table = el(
    'table',
    { class: 'decisions' },
    el('thead', {}, el('tr', {}, ...heads, el('th', { scope: 'col' }, 'Why'))),
    body,
  )
  const frame = el(
    'div',
    { class: 'rows', tabindex: 0, role: 'region', 'aria-label': 'Trades and decisions; scrolls' },
    table,
  )

  function draw(): void {
    const first = Math.max(0, Math.floor(frame.scrollTop / ROW_HEIGHT) - SPARE_ROWS)
    const last = Math.min(rows.length, first + Math.ceil(frame.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS)
    const focused = (document.activeElement as HTMLElement | null)?.dataset['decision']
    const visible = rows.slice(first, last).map((index, offset) => rowOf(index, first + offset))
    body.replaceChildren(spacer(first), ...visible, spacer(rows.length - last))
    if (focused !== undefined)
      body.querySelector<HTMLElement>(`[data-decision="${focused}"]`)?.focus({ preventScroll: true })
  }

  function rowOf(index: number, place: number): HTMLTableRowElement {
    const decision = decisions[index] as DecisionData
    const why = el('button', { type: 'button', class: 'why', 'data-decision': index }, 'why')
    why.addEventListener('click', () => void showWhy(account, index, pieceSize, decision))
    const cells = COLUMNS.map(({ text, isNumber, isLong }) =>
      el('td', { class: isNumber ? 'number' : isLong ? 'long' : null }, text(decision)),
    )
    const profit = decision.profit
    const kind =
      decision.outcome === 'denied' ? 'denied' : profit === null ? null : profit < 0 ? 'lost' : 'won'
    return el('tr', { class: kind, 'aria-rowindex': place + 2 }, ...cells, el('td', {}, why))
  }

  function refresh(): void {
    const { value } = COLUMNS[sorted.column] as Column
    const wanted = words.toLowerCase()
    rows = [...decisions.keys()].filter((index) => {
      const decision = decisions[index] as DecisionData
      if (!shown(decision)) return false
      const text = `${decision.symbol} ${decision.side} ${decision.strategies} ${decision.reasons} ${outcomeOf(decision)} ${minute(decision.at)}`
      return wanted === '' || text.toLowerCase().includes(wanted)
    })
    const sign = sorted.isDown ? -1 : 1
    rows = rows
      .map((index) => ({ index, key: value(decisions[index] as DecisionData) }))
      .sort((left, right) => sign * compare(left.key, right.key) || left.index - right.index)
      .map(({ index }) => index)
    for (const [index, head] of heads.entries()) {
      const isSorted = index === sorted.column
      head.setAttribute('aria-sort', isSorted ? (sorted.isDown ? 'descending' : 'ascending') : 'none')
    }
    table.setAttribute('aria-rowcount', String(rows.length + 1))
    status.textContent = `${count(rows.length)} of ${count(decisions.length)} decisions`
    frame.scrollTop = 0
    draw()
  }

  frame.addEventListener('scroll', () => draw(), { passive: true })
  const search = el('input', { type: 'search', placeholder: 'symbol, strategy, reason, date' })
  search.addEventListener('input', () => {
    words = search.value
    refresh()
  })
  const show = choice(
    'Show',
    [
      ['trades', 'trades'],
      ['won', 'round trips won'],
      ['lost', 'round trips lost'],
      ['denied', 'denied decisions'],
      ['all', 'all decisions'],
    ],
    (value) => {
      shown = SHOWN[value] as Filter
      refresh()
    },
  )
  new ResizeObserver(() => draw()).observe(frame)
  refresh()
  return el(
    'div',
    {},
    el('div', { class: 'controls' }, show, el('label', { class: 'choice' }, 'Find ', search), status),
    frame,
  )
}

function spacer(rows: number): HTMLTableRowElement {
  return el('tr', { class: 'spacer', 'aria-hidden': 'true', style: `height:${rows * ROW_HEIGHT}px` })
}

/** What is missing comes first. */
function compare(left: string | number | null, right: string | number | null): number {
  if (left === right) return 0
  if (left === null || right === null) return left === null ? -1 : 1
  return left < right ? -1 : 1
}
