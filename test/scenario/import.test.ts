/**
 * `torghut import`: the rows of the Python service become an account's decisions, executions, updates and lanes, whatever
 * interrupts it, and rows that cannot be taken are named by file and line (docs/import.md).
 */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { DynamoAccountRows } from '../../lib/adapters/dynamodb/account-rows.ts'
import { DynamoMigrationLedger } from '../../lib/adapters/dynamodb/migration-ledger.ts'
import { DynamoSingleRows } from '../../lib/adapters/dynamodb/single-rows.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { asAlpacaOrderId, asClientOrderId, type DecisionId } from '../../lib/domain/ids.ts'
import { formatInstant, instant } from '../../lib/domain/time.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { importRows } from '../../lib/operations/import-rows.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import type { LedgerEntry, MigrationLedger } from '../../lib/ports/migration-ledger.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { collect } from '../../lib/domain/collect.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import {
  anExport,
  cursorRow,
  decisionId,
  decisionRow,
  eventRow,
  executionRow,
  type ExportLines,
  filesOf,
  hashOf,
} from '../support/exported-rows.ts'
import { HandClock } from '../support/hand-clock.ts'
import { LaneFixture } from '../support/lane-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { freshState, openDynamoState } from '../support/state-backends.ts'
import { ALPHA, aSignal, BETA, TARGET } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

class MemoryLedger implements MigrationLedger {
  readonly entries = new Map<string, LedgerEntry>()
  async read(id: string) {
    return this.entries.get(id) ?? null
  }
  async write(entry: LedgerEntry) {
    if ((this.entries.get(entry.id)?.revision ?? 0) !== entry.revision - 1) return false
    this.entries.set(entry.id, entry)
    return true
  }
}

const clock = new HandClock('2026-02-10T15:00:30Z')
const options = {
  defaultLabel: accountLabel('alpha'),
  source: 'ta',
  targets: new Map([
    [ALPHA, TARGET],
    [BETA, TARGET],
  ]),
  rowsPerSecond: 1_000_000,
  dryRun: false,
  again: false,
  takeOver: true,
}
const depsOf = (stores: StateStores, ledger: MigrationLedger) => ({
  stores,
  ledger,
  clock,
  pause: async () => {},
  token: () => 'one',
})
const importInto = (stores: StateStores, lines: ExportLines, ledger = new MemoryLedger()) =>
  importRows(filesOf(lines), options, depsOf(stores, ledger), () => {})

/** Everything of both accounts, as values. */
async function everything(stores: StateStores, lines: ExportLines) {
  const found = []
  for (const account of [ALPHA, BETA]) {
    const executions = await collect(stores.executions.listExecutions(account))
    const events = await Promise.all(
      executions.map(({ alpacaOrderId }) => stores.orderEvents.listEvents(account, alpacaOrderId ?? '')),
    )
    found.push(await collect(stores.decisions.listDecisions(account)), executions, events.flat())
    found.push(await stores.lanes.readLane(account, 'ta'))
  }
  expect(lines.trade_decisions.length).toBeGreaterThan(0)
  return found
}

/** Twenty rows that cannot be taken in place of good ones, by file and line. */
function spoiled(lines: ExportLines): ReadonlyMap<string, RegExp> {
  const problems = new Map<string, RegExp>()
  const put = (table: keyof ExportLines, line: number, text: string, problem: RegExp) => {
    lines[table][line - 1] = text
    problems.set(`${table}.jsonl:${line}`, problem)
  }
  const own = (line: number) =>
    JSON.parse(lines.executions[line - 1] ?? '') as { id: string; alpaca_account_label: string }
  const execution = (line: number, columns: Record<string, string>, problem: RegExp) => {
    const { id, alpaca_account_label: account } = own(line)
    put('executions', line, executionRow(Number(id.slice(1)), account, columns), problem)
  }
  const never = (line: number) => line * 5 + 4
  put('trade_decisions', never(1) + 1, decisionRow(never(1), 'gamma', 'rejected'), /gamma is not registered/)
  put('trade_decisions', never(2) + 1, decisionRow(never(2), 'no label!', 'rejected'), /no account label/)
  put(
    'trade_decisions',
    never(3) + 1,
    decisionRow(never(3), 'alpha', 'x').replace('"qty":"3"', '"qty":"-3"'),
    /decision_json\.qty/,
  )
  put(
    'trade_decisions',
    never(4) + 1,
    decisionRow(never(4), 'alpha', 'x').replace('"action":"buy"', '"action":"hold"'),
    /decision_json\.action: found "hold"/,
  )
  put(
    'trade_decisions',
    never(5) + 1,
    decisionRow(never(5), 'alpha', 'x').replace(
      /"created_at":"[^"]*"/,
      '"created_at":"2026-02-30T00:00:00Z"',
    ),
    /created_at/,
  )
  put(
    'trade_decisions',
    never(6) + 1,
    decisionRow(0, 'alpha', 'filled'),
    /trade_decisions\.jsonl:1 has the same decision/,
  )
  execution(8, { alpaca_order_id: '"order-8"', status: '"filled' }, /not JSON/)
  execution(9, { filled_qty: '4.00000000' }, /filled_qty 4 is more than submitted_qty 3/)
  execution(10, { filled_qty: '2.00000000' }, /status filled, but filled_qty 2 of 3/)
  execution(11, { status: '"lost"' }, /status lost is no order status/)
  execution(12, { submitted_qty: '1234567890123.00000000' }, /submitted_qty/)
  execution(13, { trade_decision_id: `"${decisionId(999_999)}"` }, /is no decision here/)
  execution(14, { trade_decision_id: 'null' }, /trade_decision_id/)
  execution(15, { time_in_force: '"fok"' }, /time_in_force: found "fok"/)
  execution(16, { alpaca_order_id: '"order-0"' }, /executions\.jsonl:1 has the same order id/)
  execution(17, { avg_fill_price: 'null' }, /avg_fill_price is missing/)
  put(
    'execution_order_events',
    30,
    eventRow(9999, 'alpha', 'new').replaceAll(/"(alpaca_order_id|client_order_id)":"[^"]*"/g, '"$1":null'),
    /names no order/,
  )
  put('execution_order_events', 31, '[]', /an object of/)
  put('execution_order_events', 32, eventRow(10, 'beta', 'new'), /its decision belongs to account alpha/)
  put('trade_cursor', 3, cursorRow('alpha', '2026-02-02T14:31:00+00:00', -2, 'AAPL'), /cursor_seq/)
  return problems
}

describe('what becomes of a row', () => {
  it('keeps every digit, names, links and times', async () => {
    const stores = memoryStores(clock, null)
    const lines = anExport(5)
    lines.executions[0] = executionRow(0, 'alpha', {
      submitted_qty: '123456789012.12345678',
      filled_qty: '123456789012.12345677',
      avg_fill_price: '0.00000001',
      status: '"canceled"',
    })
    expect(await importInto(stores, lines)).toMatchObject({ kind: 'imported', problems: [] })
    const decision = await stores.decisions.readDecision(ALPHA, decisionId(0) as DecisionId)
    expect(decision).toMatchObject({
      clientOrderId: hashOf(0),
      position: 0,
      source: 'ta',
      eventTs: instant('2026-02-02T14:30:00.123Z'),
      symbol: 'AAPL',
      side: 'buy',
      quantity: decimal('3'),
      price: decimal('101.5'),
      targetNotional: decimal('304.5'),
      explain: ['macd above signal, "1e5" at 12'],
      outcome: { kind: 'accepted' },
    })
    const execution = await stores.executions.readExecution(ALPHA, asClientOrderId(hashOf(0)))
    expect(execution).toMatchObject({
      state: 'canceled',
      decisionId: decisionId(0),
      alpacaOrderId: 'order-0',
    })
    expect(formatDecimal(execution?.quantity ?? decimal(0))).toBe('123456789012.12345678')
    expect(formatDecimal(execution?.filledQuantity ?? decimal(0))).toBe('123456789012.12345677')
    expect(formatDecimal(execution?.averageFillPrice ?? decimal(0))).toBe('0.00000001')
    expect(formatInstant(execution?.createdAt ?? instant('2000-01-01T00:00:00Z'))).toBe(
      '2026-02-02T14:30:00.123Z',
    )
    expect(await stores.executions.readPointer(ALPHA, asAlpacaOrderId('order-0'))).toBe(hashOf(0))
    const never = await stores.decisions.readDecision(ALPHA, decisionId(4) as DecisionId)
    expect(never?.outcome).toEqual({
      kind: 'denied',
      reason: 'not_ordered_before_import',
      figures: 'rejected',
    })
  })

  it('knows an update that is delivered once more by what it says', async () => {
    const stores = memoryStores(clock, null)
    const lines = anExport(2)
    await importInto(stores, lines)
    const { raw_event } = JSON.parse(lines.execution_order_events[1] ?? '') as { raw_event: object }
    const outcome = await applyTradeUpdate(
      { topic: 'torghut.trade-updates.v1', value: JSON.stringify(raw_event), defaultAccountLabel: ALPHA },
      {
        executions: stores.executions,
        events: stores.orderEvents,
        unmatched: stores.unmatchedOrders,
        clock,
        telemetry: new CountingTelemetry(),
        knowsAccount: async () => true,
      },
    )
    expect(outcome).toMatchObject({
      kind: 'applied',
      redelivered: true,
      execution: { state: 'filled', filledQuantity: decimal('3'), averageFillPrice: decimal('101.52345678') },
    })
  })
})

describe('an export of 10,000 rows of which 20 are bad', () => {
  const size = 2940
  const whole = anExport(size)
  const bad = spoiled(whole)
  whole.trade_cursor.push(cursorRow('beta', '2026-02-02T14:31:00+00:00', 1, null, 'other'))

  it('is taken but for those, which are named by file and line', async () => {
    const rows = Object.values(whole).reduce((sum, { length }) => sum + length, 0)
    expect([rows, bad.size]).toEqual([10_000, 20])
    const stores = memoryStores(clock, null)
    const report = await importInto(stores, whole)
    expect(report.counts).toEqual({ rows: 10_000, put: 9980, same: 0, standing: 0, unusable: 20 })
    expect(report.problems.map(({ file, line }) => `${file}:${line}`).sort()).toEqual([...bad.keys()].sort())
    for (const { file, line, reason } of report.problems)
      expect(reason).toMatch(bad.get(`${file}:${line}`) ?? /^$/)
  })

  it('ends the same when it is killed five times and gone on with', { timeout: 900_000 }, async () => {
    const undisturbed = memoryStores(clock, null)
    const first = await importInto(undisturbed, whole)
    const stores = memoryStores(clock, null)
    const ledger = new MemoryLedger()
    for (const calls of [1, 700, 3300, 4100, 5000]) {
      const run = importInto(dying(stores, calls), whole, ledger)
      await expect(run).rejects.toBeInstanceOf(UnavailableError)
    }
    const last = await importInto(stores, whole, ledger)
    expect(last.problems).toEqual(first.problems)
    expect(last.counts).toMatchObject({ rows: 10_000, unusable: 20 })
    expect(await everything(stores, whole)).toEqual(await everything(undisturbed, whole))
    expect(await importInto(stores, whole, ledger)).toMatchObject({ kind: 'already_imported' })
  })
})

/** Stores that fail at their n-th call, and ever after. */
function dying(stores: StateStores, calls: number): StateStores {
  let left = calls
  const counted = (store: object): object =>
    new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...words: unknown[]) => unknown
        return async (...words: unknown[]) => {
          if ((left -= 1) < 0) throw new UnavailableError('killed')
          return method.apply(target, words)
        }
      },
    })
  const entries = Object.entries(stores).map(([name, store]) => [name, counted(store as object)])
  return Object.fromEntries(entries)
}

describe('a cursor', () => {
  it('becomes the last position at or before it, and a lane decides nothing before it', async () => {
    const lane = new LaneFixture(memoryStores)
    lane.settings = { ...lane.settings, TRADING_SIGNAL_MAX_AGE_SECONDS: '999999' }
    const at = (seconds: number) => instant(`2026-02-10T14:5${seconds}:00Z`)
    // two of one instant, told apart by their number, then by their symbol
    const rows = [
      [1, 'AAPL', at(1)],
      [2, 'AAPL', at(2)],
      [2, 'MSFT', at(2)],
      [3, 'AAPL', at(2)],
      [4, 'AAPL', at(3)],
    ] as const
    for (const [seq, symbol, eventTs] of rows) {
      await lane.stores.signals.append(
        aSignal(seq, {
          eventTs,
          symbol,
          timeframe: '1Min',
          payload: { price: '100', macd: '1', macd_signal: '0', rsi14: '50' },
        }),
      )
    }
    const lines = {
      ...anExport(0),
      trade_cursor: [cursorRow('alpha', '2026-02-10T14:52:00+00:00', 2, 'AAPL')],
    }
    await importInto(lane.stores, lines)
    expect((await lane.lane())?.cursor).toBe(2)
    lane.exchange.markPrices({ AAPL: decimal('100'), MSFT: decimal('100') })
    await lane.tick()
    expect((await lane.decisions()).map(({ position }) => position)).toEqual([3, 4, 5])
    const again = await importInto(lane.stores, lines)
    expect([again.counts.standing, (await lane.lane())?.cursor]).toEqual([1, 5])
  })
})

describe('the command', () => {
  const state = freshState(openDynamoState)
  let deployment: Deployment
  let folder: string

  beforeEach(async () => {
    const table = new ItemTable(state().client, state().names.state)
    const stage = fakeStage()
    Object.assign(stage.flags, {
      TRADING_ACCOUNT_LABEL: 'alpha',
      TRADING_ACCOUNTS_JSON: '[{"label":"alpha"},{"label":"beta"}]',
    })
    deployment = {
      ...stage.deployment,
      stores: state().stores,
      accountRows: new DynamoAccountRows(table),
      migrationStores: { ledger: new DynamoMigrationLedger(table), rows: new DynamoSingleRows(table) },
    }
    folder = await mkdtemp(join(tmpdir(), 'torghut-import-'))
  })

  const run = (words: string) =>
    runInside(words.split(' '), { folder, deployment, environment: { TORGHUT_STAGE: 'dev' } })
  const write = async (lines: Partial<ExportLines>) => {
    for (const [table, rows] of Object.entries(lines)) {
      await writeFile(join(folder, `${table}.jsonl`), `${rows.join('\n')}\n`)
    }
  }

  it('names what is wrong, writes nothing when dry, and leaves what the other checks pass', async () => {
    const lines = anExport(20)
    lines.executions[7] = '{"id":'
    await write(lines)
    const dry = await run('import . --dry-run --default-label alpha')
    expect([dry.code, dry.stdout]).toEqual([
      1,
      expect.stringContaining('executions.jsonl:8: found text that is not JSON'),
    ])
    expect(await collect(state().stores.decisions.listDecisions(ALPHA))).toEqual([])
    const done = await run('import . --json --default-label alpha')
    expect(done.code).toBe(1)
    expect(jsonLines(done.stdout)).toMatchObject([
      {
        kind: 'imported',
        counts: { rows: 70, put: 69, unusable: 1 },
        problems: [{ file: 'executions.jsonl', line: 8 }],
      },
    ])
    expect((await run('migrate verify')).code).toBe(0)
    expect(await run('canary verify --account beta')).toMatchObject({ code: 0 })
    const again = await run('import . --default-label alpha')
    expect(again.stderr).toContain('--again repeats it')
  })

  it('refuses a folder without any of the files', async () => {
    expect(await run('import .')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('trade_decisions.jsonl'),
    })
  })
})
