/** The market's data service: bars as they are told by now, in pages, and splits; and what its faults answer. */
import { asEpochMs, formatInstant } from '../../../lib/domain/time.ts'
import { type BarTape, SPLIT_DAY, type Telling, toldAt } from './bar-tape.ts'
import type { BrokerAnswer } from './exchange.ts'
import type { RequestFault } from './faults.ts'
import type { Stream } from './random.ts'
import type { Request, SpecialFault } from './request.ts'

export interface BarRequest {
  readonly url: URL
  readonly keyId: string
  readonly secret: string
}

type Bars = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

const TIMEOUT_MS = 8000
/** There are few requests to it. */
const WEIGHT = 12
const OWN_FAULTS = ['data_500', 'data_half', 'data_gateway_page', 'data_wrong_type', 'data_paged'] as const
/** Drawn more often than what happens to requests to others too. */
const DATA_FAULTS: readonly RequestFault[] = OWN_FAULTS.flatMap((kind) => [kind, kind, kind])
const GATEWAY_STATUSES = [403, 404, 502, 504] as const
/** Before all others. */
const FIRST_TOKEN = ' '
const TOO_MANY = answer(429, { message: 'too many requests.' })
const BROKEN = answer(500, { message: 'internal server error occurred' })
const NOBODY = answer(401, { message: 'forbidden.' })

export class BarApi {
  readonly #tape: BarTape
  readonly #secrets: ReadonlyMap<string, string>

  /** @param secrets the valid one by key id */
  constructor(tape: BarTape, secrets: ReadonlyMap<string, string>) {
    this.#tape = tape
    this.#secrets = secrets
  }

  request(asked: BarRequest): Request<BrokerAnswer> {
    const { pathname, searchParams } = asked.url
    return {
      service: 'market-data',
      operation: `GET ${pathname}`,
      subject: `${searchParams.get('symbols')} ${searchParams.get('start')} ${searchParams.get('page_token') ?? ''}`,
      isWrite: false,
      timeoutMs: TIMEOUT_MS,
      weight: WEIGHT,
      faults: DATA_FAULTS,
      perform: (now) => this.#answer(asked, now),
      throttled: () => TOO_MANY,
      special: (fault, draw): SpecialFault<BrokerAnswer> => ({
        takesEffect: true,
        give: (performed) => spoiled(performed ?? BROKEN, fault, draw),
      }),
    }
  }

  #answer({ url, keyId, secret }: BarRequest, now: number): BrokerAnswer {
    // coins are told to anybody
    if (!url.pathname.includes('/crypto/') && this.#secrets.get(keyId) !== secret) return NOBODY
    const symbols = (url.searchParams.get('symbols') ?? '').split(',')
    if (url.pathname === '/v1/corporate-actions') {
      const splits = this.#tape.hasSplits ? symbols : []
      const forward_splits = splits.map((symbol) => ({ symbol, ex_date: SPLIT_DAY }))
      return answer(200, { corporate_actions: { forward_splits }, next_page_token: null })
    }
    const unknown = symbols.find((symbol) => !this.#tape.bars.has(symbol))
    if (unknown !== undefined) return answer(400, { message: `invalid symbol: ${unknown}` })
    const [from, to] = ['start', 'end'].map((name) => Date.parse(url.searchParams.get(name) ?? ''))
    const after = url.searchParams.get('page_token') ?? ''
    const bars = symbols.toSorted().map((symbol) => {
      const own = (this.#tape.bars.get(symbol) ?? []).flatMap((bar) => {
        const told = toldAt(bar, now)
        const isAsked = bar.startsAt >= (from ?? 0) && bar.startsAt <= (to ?? 0)
        return told === null || !isAsked || tokenOf(symbol, bar.startsAt) <= after
          ? []
          : [wireBar(bar.startsAt, told)]
      })
      return [symbol, own] as const
    })
    return answer(200, { bars: Object.fromEntries(bars), next_page_token: null })
  }
}

/** As the service and its streams tell it; one that is wrong has a text for a price. */
export function wireBar(startsAt: number, { kind, values }: Telling): Readonly<Record<string, unknown>> {
  const t = formatInstant(asEpochMs(startsAt))
  return { t, ...values, ...(kind === 'wrong' ? { c: `${values.c}` } : {}) }
}

function spoiled({ status, body }: BrokerAnswer, fault: RequestFault, draw: Stream): BrokerAnswer {
  if (fault === 'data_half') return { status, body: body.slice(0, body.length >> 1) }
  if (fault === 'data_gateway_page')
    return { status: draw.pick(GATEWAY_STATUSES), body: '<h1>Try again</h1>' }
  if (fault === 'data_500') return BROKEN
  const { bars } = JSON.parse(body) as { readonly bars?: Bars }
  if (bars === undefined) return { status, body }
  const count = Object.values(bars).reduce((sum, own) => sum + own.length, 0)
  const at = draw.below(count + 1)
  return answer(status, fault === 'data_paged' ? firstPage(bars, at) : { bars: withNoNumber(bars, at) })
}

/** The first bars, and from where on there are more. */
function firstPage(bars: Bars, most: number): unknown {
  const page: Record<string, Bars[string]> = {}
  let left = most
  let token = ''
  for (const [symbol, own] of Object.entries(bars)) {
    page[symbol] = own.slice(0, left)
    const last = own.at(Math.min(left, own.length) - 1)
    if (left > 0 && last !== undefined) token = tokenOf(symbol, Date.parse(String(last['t'])))
    if (own.length > left) return { bars: page, next_page_token: token || FIRST_TOKEN }
    left -= own.length
  }
  return { bars: page, next_page_token: null }
}

function withNoNumber(bars: Bars, at: number): Bars {
  let index = -1
  const spoilt = (bar: Bars[string][number]) => ((index += 1) === at ? { ...bar, h: null } : bar)
  return Object.fromEntries(Object.entries(bars).map(([symbol, own]) => [symbol, own.map(spoilt)]))
}

function tokenOf(symbol: string, startsAt: number): string {
  return `${symbol} ${startsAt}`
}

function answer(status: number, json: unknown): BrokerAnswer {
  return { status, body: JSON.stringify(json) }
}
