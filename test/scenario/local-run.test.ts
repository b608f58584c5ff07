/** The local runtime, walked through its steps: what it promises to whoever starts, stops and restarts it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ConfigurationError, InUseError, StateError } from '../../lib/domain/errors.ts'
import type { DevRunResult } from '../../lib/local/dev-run.ts'
import type { Progress } from '../../lib/local/walk.ts'
import type { RunInputs } from '../../lib/local/run-inputs.ts'
import { equityByHand, exampleInputs, exchangeEvents, shortRun } from '../support/short-run.ts'

const FIRST = '2009-07-07'
const LAST = '2009-07-22'
const SESSIONS = 12

function digestOf(result: DevRunResult): string {
  return result.kind === 'finished' ? result.digest : 'not finished'
}

const reportsOf = (result: DevRunResult) =>
  result.kind === 'finished' ? result.accounts.map(({ report }) => report) : []

describe('a local run', () => {
  const root = mkdtempSync(join(tmpdir(), 'torghut-run-'))
  const whole = join(root, 'whole')
  let folder = ''
  let tests = 0
  let inputs: RunInputs
  let result: DevRunResult

  beforeAll(async () => {
    inputs = await exampleInputs(FIRST, LAST)
    result = await shortRun(whole, inputs)
  })
  beforeEach(() => {
    tests += 1
    folder = join(root, `run-${tests}`)
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('trades for both accounts and ends with a digest', () => {
    expect(digestOf(result)).toMatch(/^[0-9a-f]{64}$/)
    const accounts = exchangeEvents(whole).orders.map(({ account }) => account)
    expect(new Set(accounts)).toEqual(new Set(['balanced', 'contrarian']))
  })

  it('fills every order at the next session’s open of the S&P 500, or close of Apple', () => {
    const { orders, fills } = exchangeEvents(whole)
    const symbolOf = new Map(orders.map(({ order_id: id, symbol }) => [id, symbol]))
    const filled = fills.map(({ at, order_id: id, price }) => `${at} ${symbolOf.get(id)} ${price}`)
    // The signals of July 7 are traded on the 8th, where the index opened at 881.90; those of July 15 on the
    // 16th, where Apple closed at 147.52.
    expect(filled.slice(0, 2)).toEqual([
      '2009-07-08T13:31:00Z SPX 881.900024',
      '2009-07-08T13:31:00Z SPX 881.900024',
    ])
    expect(filled).toContain('2009-07-16T13:31:00Z AAPL 147.52')
    expect(orders).toHaveLength(fills.length)
  })

  it('reports the equity that its fills and the last prices add up to', () => {
    const reports = reportsOf(result)
    expect(reports.map(({ label, equity }) => [label, equity])).toEqual([
      ['balanced', equityByHand(whole, 'balanced', '100000')],
      ['contrarian', equityByHand(whole, 'contrarian', '100000')],
    ])
  })

  it('counts an outcome for every signal and an order for every accepted decision', () => {
    const reports = reportsOf(result)
    const signals = 2 * SESSIONS
    expect(reports.map(({ signals: counted, cursor }) => [counted, cursor])).toEqual([
      [signals, signals],
      [signals, signals],
    ])
    const sum = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((total, count) => total + count, 0)
    const perReport = reports.map(({ decisions, orders, denials }) => [decisions, sum(orders) + sum(denials)])
    expect(perReport).toEqual(reports.map(({ decisions }) => [decisions, decisions]))
    expect(reports.reduce((total, { orders }) => total + sum(orders), 0)).toBe(
      exchangeEvents(whole).orders.length,
    )
  })

  it('tells the same when it is started again after its end, and changes nothing', async () => {
    const log = join(whole, '.torghut/exchange.jsonl')
    const before = readFileSync(log, 'utf8')
    expect(await shortRun(whole, inputs)).toEqual(result)
    expect(readFileSync(log, 'utf8')).toBe(before)
  })

  it('ends with the same digest when it is begun anew', async () => {
    const stop = new AbortController()
    await shortRun(folder, inputs, {
      stop: stop.signal,
      onProgress: ({ done }) => done === 3 && stop.abort(),
    })
    expect(digestOf(await shortRun(folder, inputs, { fresh: true }))).toBe(digestOf(result))
  })

  it('goes on where it was stopped, however often', async () => {
    const seen: Progress[] = []
    let ended: DevRunResult = { kind: 'stopped', progress: { done: 0, total: 0, tickAt: null } }
    for (let starts = 0; ended.kind === 'stopped' && starts < 20; starts += 1) {
      const stop = new AbortController()
      ended = await shortRun(folder, inputs, {
        stop: stop.signal,
        onProgress: (progress) => {
          seen.push(progress)
          if (progress.done > starts * 3) stop.abort()
        },
      })
    }
    expect(digestOf(ended)).toBe(digestOf(result))
    expect(seen.at(-1)?.done).toBe(inputs.schedule.steps.length)
  })

  it('sends no more orders once somebody switches the kill switch on, and still reads every signal', async () => {
    mkdirSync(join(folder, '.torghut'), { recursive: true })
    let ordersBefore = -1
    const stopped = await shortRun(folder, inputs, {
      onProgress: ({ done }) => {
        if (done !== 4) return
        writeFileSync(join(folder, '.torghut/flags.json'), '{"TRADING_KILL_SWITCH_ENABLED": true}')
        ordersBefore = exchangeEvents(folder).orders.length
      },
    })
    expect(ordersBefore).toBeGreaterThan(0)
    expect(exchangeEvents(folder).orders).toHaveLength(ordersBefore)
    const reports = reportsOf(stopped)
    expect(reports.map(({ cursor }) => cursor)).toEqual([2 * SESSIONS, 2 * SESSIONS])
    expect(reports.map(({ denials }) => denials['kill_switch_on'] ?? 0).every((count) => count > 0)).toBe(
      true,
    )
  })

  it('belongs to its inputs: others are refused until it is given up', async () => {
    const others = await exampleInputs(FIRST, '2009-07-14')
    const before = readFileSync(join(whole, '.torghut/run.json'), 'utf8')
    await expect(shortRun(whole, others)).rejects.toThrow(ConfigurationError)
    await expect(shortRun(whole, others)).rejects.toThrow(/dates: found another choice/)
    expect(readFileSync(join(whole, '.torghut/run.json'), 'utf8')).toBe(before)
  })

  it('has its folder to itself', async () => {
    let second: unknown
    const first = await shortRun(folder, inputs, {
      // the first one waits for it, and so is there as long as the second one asks
      report: async () => {
        second = await shortRun(folder, inputs).catch((error: unknown) => error)
      },
    })
    expect(first.kind).toBe('finished')
    expect(second).toBeInstanceOf(InUseError)
  })

  it('says what is damaged instead of trading on it', async () => {
    await shortRun(folder, inputs, { stop: AbortSignal.abort() })
    const log = join(folder, '.torghut/exchange.jsonl')
    writeFileSync(log, `${readFileSync(log, 'utf8')}{"type":"nonsense"}\n`)
    await expect(shortRun(folder, inputs)).rejects.toThrow(StateError)
    rmSync(log)
    await shortRun(folder, inputs, { fresh: true })
    rmSync(log)
    await expect(shortRun(folder, inputs)).rejects.toThrow(/paper exchange at its beginning/)
    writeFileSync(join(folder, '.torghut/run.json'), '{')
    await expect(shortRun(folder, inputs)).rejects.toThrow(/run\.json cannot be read/)
    expect(digestOf(await shortRun(folder, inputs, { fresh: true }))).toBe(digestOf(result))
  })

  it('finishes the emptying of a folder that a kill cut short', async () => {
    await shortRun(folder, inputs, { stop: AbortSignal.abort() })
    writeFileSync(join(folder, '.torghut/emptying'), '')
    rmSync(join(folder, '.torghut/run.json'))
    const stop = new AbortController()
    const onProgress = ({ done }: Progress) => done === 1 && stop.abort()
    expect(await shortRun(folder, inputs, { stop: stop.signal, onProgress })).toMatchObject({
      kind: 'stopped',
      progress: { done: 1 },
    })
    expect(existsSync(join(folder, '.torghut/emptying'))).toBe(false)
  })

  it('leaves an account alone that is not enabled', async () => {
    const accounts = '[{"label":"on","strategies":["reversion"]},{"label":"off","enabled":false}]'
    const ended = await shortRun(folder, await exampleInputs(FIRST, '2009-07-08', accounts))
    expect(ended).toMatchObject({
      kind: 'finished',
      accounts: [{ report: { label: 'on', cursor: 4 } }],
      idle: ['off'],
    })
    expect(new Set(exchangeEvents(folder).orders.map(({ account }) => account))).toEqual(new Set(['on']))
  })

  it('keeps the flags when it is begun anew', async () => {
    mkdirSync(join(folder, '.torghut'), { recursive: true })
    const flags = join(folder, '.torghut/flags.json')
    writeFileSync(flags, '{"TRADING_KILL_SWITCH_ENABLED": true}')
    await shortRun(folder, inputs, { fresh: true })
    expect(existsSync(flags)).toBe(true)
    expect(exchangeEvents(folder).orders).toEqual([])
  })
})
