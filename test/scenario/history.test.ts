/**
 * Strategies that look back (docs/architecture.md#history): what they see in a lane, what it costs, and that it is the same in
 * a run that was interrupted, in a backtest, in a replay and when a sealed cycle is planned again.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc } from '../support/properties.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { marketOfBars } from '../../lib/local/market-data.ts'
import { checkInputs } from '../../lib/local/run-inputs.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { formatDecimal } from '../../lib/domain/decimal.ts'
import type { Clock } from '../../lib/ports/clock.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import type { StrategyContext, StrategyPlugin } from '../../lib/strategy/plugin.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { shortRun } from '../support/short-run.ts'
import { type DynamoState, openWiredState } from '../support/state-backends.ts'
import { BUY_INTENT, aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

/** Buys, and notes the prices that it sees behind it. */
function looking(history: number, seen: string[][] = []): StrategyPlugin {
  const note = (context: StrategyContext) => {
    seen.push(context.history.map(({ values: { price } }) => (price === null ? '' : formatDecimal(price))))
    return BUY_INTENT
  }
  return { ...pluginGiving('looking', note), history }
}

function laneLooking(
  history: number,
  open: (clock: Clock) => StateStores,
  seen: string[][] = [],
): LaneFixture {
  const lane = new LaneFixture(open, undefined, [looking(history, seen)])
  lane.strategies = [
    aStrategy('one', { strategyType: 'looking', legacyFallback: true, params: {}, baseTimeframe: '1Min' }),
  ]
  return lane
}

async function outcomes({ stores }: LaneFixture): Promise<string[]> {
  const codes: string[] = []
  for await (const { plan } of stores.lanes.listCycles(LABEL, 'ta')) {
    codes.push(...plan.outcomes.map(({ code }) => code))
  }
  return codes
}

describe('a lane', () => {
  it('asks nobody before the history is there, which is an outcome of its own and no failure', async () => {
    const seen: string[][] = []
    const lane = laneLooking(2, (clock) => memoryStores(clock), seen)
    for (const price of ['10', '11', '12']) {
      await lane.signal('AAPL', price, { macd: '1', macd_signal: '0.5', rsi14: '30' })
      await lane.tick()
      lane.clock.pass(60)
    }
    // with the fallback on, on features on which the legacy rule buys
    expect(await outcomes(lane)).toEqual(['history_too_short', 'history_too_short', 'decided:1'])
    expect(seen).toEqual([['10', '11']])
    expect((await lane.lane())?.circuits).toEqual({})
  })

  it('sees the same in one batch, and seals which signals it looked at', async () => {
    const seen: string[][] = []
    const lane = laneLooking(2, (clock) => memoryStores(clock), seen)
    for (const price of ['10', '11', '12', '13']) {
      await lane.signal('AAPL', price)
      lane.clock.pass(60)
    }
    await lane.tick()
    await lane.signal('AAPL', '14')
    await lane.tick()
    expect(seen).toEqual([
      ['10', '11'],
      ['11', '12'],
      ['12', '13'],
    ])
    const sealed: unknown[] = []
    for await (const { inputs } of lane.stores.lanes.listCycles(LABEL, 'ta')) sealed.push(inputs.history)
    expect(sealed).toEqual([
      [{ symbol: 'AAPL', timeframe: '1Min', positions: [], hash: expect.any(String) }],
      [{ symbol: 'AAPL', timeframe: '1Min', positions: [1, 2, 3, 4], hash: expect.any(String) }],
    ])
  })

  it('with a daily strategy of 200 looks beyond a retention of 90 days, in a process of its own each day', async () => {
    const DAYS = 260
    const seen: string[][] = []
    let stores: StateStores | null = null
    const shared = (clock: Clock) => (stores ??= memoryStores(clock, 90))
    const first = laneLooking(200, shared, seen)
    for (let day = 0; day < DAYS; day += 1) {
      await first.signal('AAPL', String(100 + day))
      await first.tick()
      first.clock.pass(86_400)
    }
    const codes = await outcomes(first)
    expect(codes.filter((code) => code === 'history_too_short')).toHaveLength(200)
    expect(seen).toHaveLength(DAYS - 200)
    // what the log itself still knows is less than half of it
    const { signals } = await first.stores.signals.readAfter('ta', 0, 500, first.clock.now())
    expect(signals.length).toBeLessThan(92)
    const fresh: string[][] = []
    const later = laneLooking(200, shared, fresh)
    later.clock.set(first.clock.now())
    await first.signal('AAPL', '1000')
    await later.tick()
    expect(fresh).toEqual([Array.from({ length: 200 }, (_, n) => String(100 + DAYS - 200 + n))])
  })
})

describe('what looking back costs', () => {
  let state: DynamoState
  const calls: string[] = []
  beforeAll(async () => {
    state = await openWiredState()
    const count =
      (next: (input: never) => Promise<never>, context: { commandName?: string }) => (input: never) => {
        calls.push(context.commandName ?? '?')
        return next(input)
      }
    state.client.middlewareStack.add(count as never, { step: 'deserialize', priority: 'low' })
  })
  afterAll(() => state.close())

  /** The queries of a cycle with a signal of each symbol. */
  async function queries(lane: LaneFixture, symbols: readonly string[]): Promise<number> {
    for (const symbol of symbols) await lane.signal(symbol)
    calls.length = 0
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1 })
    lane.clock.pass(60)
    return calls.filter((name) => name === 'QueryCommand').length
  }

  it('is one query more per symbol in a cold process, and none after that', async () => {
    const open = (clock: Clock) => dynamoStores(state.client, state.names, clock, null)
    const lane = laneLooking(2, open)
    // the signals themselves, and one for each symbol
    expect(await queries(lane, ['AAPL', 'MSFT'])).toBe(3)
    expect(await queries(lane, ['AAPL', 'MSFT'])).toBe(1)
    expect(await queries(lane, ['AAPL', 'NVDA'])).toBe(2)
    expect(await queries(lane, ['MSFT', 'NVDA'])).toBe(1)
    const fresh = laneLooking(2, open)
    fresh.clock.set(lane.clock.now())
    for (const symbol of ['AAPL', 'NVDA']) await lane.signal(symbol)
    calls.length = 0
    await fresh.tick()
    expect(calls.filter((name) => name === 'QueryCommand')).toHaveLength(3)
  })
})

describe('the same signals', () => {
  const folder = mkdtempSync(join(tmpdir(), 'torghut-history-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let undisturbed = ''

  const run = async (verb: string, where: string, words: readonly string[] = []): Promise<string> => {
    const files = ['--bars', 'bars.csv', '--strategies', 's.yaml', '--plugins', 'back.mjs']
    const at = ['dev', 'backtest'].includes(verb) ? ['--accounts', 'accounts.json'] : []
    const { code, stdout, stderr } = await runInside(
      [
        ...verb.split(' '),
        ...files.flatMap((word) => (word.includes('.') ? [join(folder, word)] : [word])),
        ...at.flatMap((word) => (word.includes('.') ? [join(folder, word)] : [word])),
        ...words,
        '--json',
      ],
      { folder: where },
    )
    if (code !== 0) throw new Error(stderr)
    return stdout
  }
  const digestOf = (stdout: string): string => /"digest":\s*"([0-9a-f]{64})"/.exec(stdout)?.[1] ?? stdout

  beforeAll(async () => {
    const rows = Array.from({ length: 150 }, (_, index) => {
      const at = new Date(Date.UTC(2024, 2, 6, 14, 30 + index)).toISOString()
      return ['ABC', 'XYZ'].map((symbol, which) => {
        const price = (100 + 4 * Math.sin(index / (9 + 5 * which))).toFixed(2)
        return `${at},${symbol},${price},${price},${price},${price},100`
      })
    }).flat()
    writeFileSync(
      join(folder, 'bars.csv'),
      `timestamp,symbol,open,high,low,close,volume\n${rows.join('\n')}\n`,
    )
    writeFileSync(
      join(folder, 'back.mjs'),
      `export const plugins = ({ decimal, add, div }) => [{
         pluginId: 'back', version: '1.0.0', requiredFeatures: [], needs: 'price', history: 20,
         evaluate({ history, position }, { values: { price } }) {
           const mean = div(add(...history.map(({ values }) => values.price)), decimal('20'))
           if (position.quantity > 0n && price > mean) return { close: true, confidence: decimal('0.5'), explain: ['back'] }
           if (position.quantity > 0n || position.openBuys > 0n || price > mean) return null
           return { direction: 'buy', confidence: decimal('0.6'), targetNotional: decimal('900'), explain: ['below'] }
         },
       }]`,
    )
    const strategy = { id: 'b', name: 'B', strategy_type: 'back', version: '1.0.0', enabled: true }
    writeFileSync(join(folder, 's.yaml'), JSON.stringify([{ ...strategy, base_timeframe: '1Min' }]))
    writeFileSync(join(folder, 'accounts.json'), '[{"label":"one"},{"label":"two"}]')
    undisturbed = digestOf(await run('dev', join(folder)))
  })

  it('make a run that trades', async () => {
    const { stdout } = await runInside(['decisions', '--json', '--account', 'one'], { folder })
    const rows = jsonLines(stdout) as { outcome: string; decision: unknown }[]
    expect(rows.filter(({ outcome }) => outcome === 'history_too_short')).toHaveLength(40)
    expect(rows.filter(({ decision }) => decision !== null).length).toBeGreaterThan(5)
    const table = await runInside(['decisions', '--account', 'one'], { folder })
    expect(table.stdout).toContain('history too short')
  })

  it('end with one digest when the run is interrupted at 20 random points', async () => {
    const files = { strategies: join(folder, 's.yaml'), bars: join(folder, 'bars.csv') }
    const inputs = await checkInputs({
      market: marketOfBars({
        name: 'bars.csv',
        hash: 'bars',
        bars: parseBars(readFileSync(files.bars, 'utf8'), 'bars.csv', {
          symbol: null,
          timezone: null,
          dateOrder: null,
        }),
      }),
      range: { from: null, to: null },
      strategies: parseStrategies(readFileSync(files.strategies, 'utf8'), files.strategies),
      pluginModule: join(folder, 'back.mjs'),
      accounts: { text: readFileSync(join(folder, 'accounts.json'), 'utf8'), name: 'accounts.json' },
      environment: {},
      flags: {},
    })
    const steps = fc.integer({ min: 1, max: inputs.schedule.steps.length - 1 })
    const [drawn = []] = fc.sample(fc.uniqueArray(steps, { minLength: 20, maxLength: 20 }), { numRuns: 1 })
    const stops = drawn.toSorted((left, right) => left - right)
    let digest = ''
    for (const at of [...stops, Number.POSITIVE_INFINITY]) {
      const stop = new AbortController()
      const onProgress = ({ done }: { readonly done: number }) => done >= at && stop.abort()
      const result = await shortRun(join(folder, 'interrupted'), inputs, { stop: stop.signal, onProgress })
      if (result.kind === 'finished') ({ digest } = result)
    }
    expect(digest, `stopped after ${stops.join(', ')}`).toBe(undisturbed)
  })

  it('end with one digest in a backtest', async () => {
    expect(digestOf(await run('backtest', folder))).toBe(undisturbed)
  })

  it('are planned again exactly as they were sealed', async () => {
    const { code, stderr } = await runInside(['rerun', '--plugins', 'back.mjs'], { folder })
    expect(stderr).toMatch(/^\d\d+ cycles as sealed, 0 otherwise, 0 that cannot/m)
    expect(code).toBe(0)
  })

  it('give the same wishes in a replay, one for each signal from the twenty-first on', async () => {
    const lines = jsonLines(await run('replay run', folder)) as {
      symbol?: string
      raw?: unknown[]
      errors?: unknown[]
    }[]
    const ofSymbol = lines.filter(({ symbol }) => symbol === 'ABC')
    expect(ofSymbol.slice(0, 20).every(({ raw }) => raw?.length === 0)).toBe(true)
    expect(ofSymbol.slice(20).some(({ raw }) => raw?.length === 1)).toBe(true)
    expect(ofSymbol.every(({ errors }) => errors?.length === 0)).toBe(true)
    const { stdout } = await runInside(
      ['replay', 'run', '--bars', 'bars.csv', '--strategies', 's.yaml', '--plugins', 'back.mjs'],
      { folder },
    )
    expect(stdout).toContain('history_too_short 40')
  })
})
