/** The charts, by lightweight-charts (Apache-2.0, https://www.tradingview.com/lightweight-charts/), in the colours of the page. */
import {
  AreaSeries,
  ColorType,
  HistogramSeries,
  type IChartApi,
  LineSeries,
  type UTCTimestamp,
  createChart,
  createSeriesMarkers,
} from 'lightweight-charts'
import type { DataPoint, DecisionData } from '../report-data.ts'
import { el } from './dom.ts'
import { date } from './format.ts'
import { markersOf } from './markers.ts'
import { isWithinDays, tickText } from './time-axis.ts'

/** Charts of the page, which change their colours together. */
const redraws = new Set<() => void>()

const DAY = 86_400
/** Shares of the width: for the first date, and for a year that begins at the end. */
const [LEFT_ROOM, RIGHT_ROOM] = [0.02, 0.03]

export function recolourCharts(): void {
  for (const redraw of redraws) redraw()
}

/** Of charts that are no longer on the page. */
export function forgetCharts(): void {
  redraws.clear()
}

/** One of the page's colours as it is under the present theme, which a property alone does not tell. */
function colour(name: string): string {
  const probe = el('span', { style: `color:var(--${name})`, hidden: '' })
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

interface Look {
  readonly label: string
  /** What it shows, in words, for those who do not see it. */
  readonly summary: string
  readonly format: (value: number) => string
  readonly height?: number
  /** Whether several of its points may lie within a day. */
  readonly withinDays?: boolean
}

/** A chart that `draw` fills, which says how many points it has; it is drawn anew whenever colours change. */
function chartOf(
  { label, summary, format, height = 280, withinDays = false }: Look,
  draw: (chart: IChartApi) => number,
): HTMLElement {
  const frame = el('div', {
    class: 'chart',
    role: 'img',
    'aria-label': `${label}. ${summary}`,
    style: `height:${height}px`,
  })
  let chart: IChartApi | null = null
  const redraw = () => {
    chart?.remove()
    chart = createChart(frame, {
      autoSize: true,
      layout: {
        background: { type: ColorType.Solid, color: colour('surface') },
        textColor: colour('text'),
        fontSize: 12,
        attributionLogo: label === 'Price',
      },
      grid: { vertLines: { color: colour('line') }, horzLines: { color: colour('line') } },
      rightPriceScale: { borderColor: colour('line'), entireTextOnly: true },
      timeScale: {
        borderColor: colour('line'),
        timeVisible: withinDays,
        secondsVisible: false,
        tickMarkFormatter: tickText,
        // all of a long series fits at first
        minBarSpacing: 0.001,
      },
      localization: { priceFormatter: format, locale: 'en-US' },
      handleScroll: { mouseWheel: false },
      handleScale: { mouseWheel: false },
    })
    const points = draw(chart)
    const to = points - 0.5 + points * RIGHT_ROOM
    chart.timeScale().setVisibleLogicalRange({ from: -0.5 - points * LEFT_ROOM, to })
  }
  redraws.add(redraw)
  requestAnimationFrame(redraw)
  return frame
}

/** How many places on the time scale they take. */
function timesOf(points: readonly DataPoint[]): number {
  return new Set(points.map(([at]) => at)).size
}

/** Times must ascend strictly: the last value of an instant counts. */
function ascending(points: readonly DataPoint[]): { time: UTCTimestamp; value: number }[] {
  const byTime = new Map(points)
  return [...byTime]
    .sort(([left], [right]) => left - right)
    .map(([at, value]) => ({ time: at as UTCTimestamp, value }))
}

export function priceChart(
  symbol: string,
  points: readonly DataPoint[],
  decisions: readonly DecisionData[],
): HTMLElement {
  const filled = decisions.filter((one) => one.symbol === symbol && one.outcome === 'filled')
  const summary = `${symbol}, ${filled.length} entries and exits; the table below lists them.`
  const look = {
    label: 'Price',
    summary,
    format: (value: number) => value.toFixed(2),
    height: 340,
    withinDays: isWithinDays(points),
  }
  return chartOf(look, (chart) => {
    const series = chart.addSeries(LineSeries, { color: colour('price'), lineWidth: 2, title: symbol })
    series.setData(ascending(points))
    createSeriesMarkers(series, markersOf(filled, colour))
    return timesOf(points)
  })
}

/** @param start what both began with, the evening before */
export function equityChart(
  start: number,
  equity: readonly DataPoint[],
  benchmark: readonly DataPoint[],
): HTMLElement {
  const from = (points: readonly DataPoint[]): readonly DataPoint[] =>
    points[0] === undefined ? points : [[points[0][0] - DAY, start], ...points]
  const summary = `${spanOf(equity)} The thick line is the account, the thin one the same money held in the symbols.`
  const look = {
    label: 'Equity',
    summary,
    format: (value: number) => Math.round(value).toLocaleString('en-US'),
  }
  return chartOf(look, (chart) => {
    const held = chart.addSeries(LineSeries, {
      color: colour('benchmark'),
      lineWidth: 1,
      title: 'buy and hold',
    })
    held.setData(ascending(from(benchmark)))
    const account = chart.addSeries(LineSeries, { color: colour('account'), lineWidth: 3, title: 'account' })
    account.setData(ascending(from(equity)))
    return timesOf([...from(equity), ...from(benchmark)])
  })
}

export function drawdownChart(drawdown: readonly DataPoint[]): HTMLElement {
  const look = {
    label: 'Drawdown',
    summary: spanOf(drawdown),
    format: (value: number) => `${(value * 100).toFixed(1)} %`,
    height: 180,
  }
  return chartOf(look, (chart) => {
    const series = chart.addSeries(AreaSeries, {
      lineColor: colour('loss'),
      topColor: colour('loss-soft'),
      bottomColor: colour('loss-soft'),
      lineWidth: 2,
      invertFilledArea: true,
    })
    // nothing is above zero, so nothing is coloured there
    series.priceScale().applyOptions({ scaleMargins: { top: 0.02, bottom: 0.1 } })
    series.setData(ascending(drawdown))
    return timesOf(drawdown)
  })
}

export function denialChart(
  denials: readonly (readonly [at: number, reason: string, count: number])[],
  equity: readonly DataPoint[],
): HTMLElement {
  // days without any are shown as well, so that time runs evenly
  const byDay = new Map(equity.map(([at]) => [Math.floor(at / DAY) * DAY, 0]))
  for (const [at, , number] of denials) byDay.set(at, (byDay.get(at) ?? 0) + number)
  const points = [...byDay].sort(([left], [right]) => left - right)
  const look = {
    label: 'Denials',
    summary: spanOf(points),
    format: (value: number) => String(Math.round(value)),
    height: 160,
  }
  return chartOf(look, (chart) => {
    chart
      .addSeries(HistogramSeries, { color: colour('denied'), priceFormat: { type: 'volume' } })
      .setData(ascending(points))
    return points.length
  })
}

function spanOf(points: readonly DataPoint[]): string {
  const [first, last] = [points[0], points.at(-1)]
  return first === undefined || last === undefined ? 'Nothing.' : `${date(first[0])} to ${date(last[0])}.`
}
