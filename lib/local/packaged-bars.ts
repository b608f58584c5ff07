/**
 * The real prices that come with two packages (docs/architecture.md#first-run-data): daily bars of the S&P 500 from
 * `vega-datasets`, and Apple's daily closes from `@visx/mock-data`. They are read where the packages keep
 * them; nothing is copied.
 *
 * Facts about the data that the schedule copes with: Apple's rows have a close only, 14 of them fall on
 * exchange holidays (the schedule skips and reports those) and 2009-08-11 is missing.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Decimal, decimal } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import { instant } from '../domain/time.ts'
import { TableReader } from '../market/bars-file/table.ts'
import type { Bar } from '../market/bars.ts'

/** The S&P 500 index. */
export const INDEX_SYMBOL = 'SPX'
/** Apple, 2007-04-24 to 2012-05-01. */
export const APPLE_SYMBOL = 'AAPL'

/** The years in which both symbols have prices, and the one before for the indicators to warm up. */
const FIRST_DATE = '2006-01-01'
const LAST_DATE = '2012-12-31'
const INDEX_COLUMNS = 'date,open,high,low,close,adjclose,volume'

interface AppleRow {
  readonly date: string
  readonly close: number
}

/** All packaged bars, each symbol's in ascending order. @throws StateError when a package is damaged. */
export function packagedBars(): Bar[] {
  const require = createRequire(import.meta.url)
  try {
    return [...readIndex(require), ...readApple(require)]
  } catch (cause) {
    throw new StateError('the price data packages cannot be read', {
      cause,
      advice: 'Run `npm ci` again; it restores vega-datasets and @visx/mock-data.',
    })
  }
}

function readIndex(require: NodeJS.Require): Bar[] {
  const file = join(packageFolder(require, 'vega-datasets'), 'data/sp500-2000.csv')
  const table = new TableReader()
  const [header, ...rows] = table.rows(readFileSync(file, 'utf8'))
  if (table.broken !== null) throw table.broken.cause
  if (header?.fields.join() !== INDEX_COLUMNS) throw new StateError(`${file} has other columns`)
  return rows.flatMap(({ fields, line }): Bar[] => {
    const [date = '', open = '', high = '', low = '', close = '', , volume = ''] = fields
    if (fields.length !== header.fields.length) throw new StateError(`${file}:${line} has another width`)
    if (date < FIRST_DATE || date > LAST_DATE) return []
    return [
      {
        startsAt: midnight(date),
        symbol: INDEX_SYMBOL,
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        volume: decimal(volume),
      },
    ]
  })
}

function readApple(require: NodeJS.Require): Bar[] {
  const file = join(packageFolder(require, '@visx/mock-data'), 'lib/mocks/appleStock.js')
  const { default: rows } = require(file) as { readonly default: readonly AppleRow[] }
  return rows.map((row) => ({
    startsAt: midnight(row.date.slice(0, 10)),
    symbol: APPLE_SYMBOL,
    open: null,
    high: null,
    low: null,
    close: price(row.close),
    volume: null,
  }))
}

/** By way of its entry: neither package exports its package.json. */
function packageFolder(require: NodeJS.Require, name: string): string {
  return dirname(dirname(require.resolve(name)))
}

function midnight(date: string): Bar['startsAt'] {
  return instant(`${date}T00:00:00Z`)
}

function price(value: string | number): Decimal {
  return decimal(value)
}
