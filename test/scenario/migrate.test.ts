/**
 * Migration 0013 over a DynamoDB in this process: every row gets its account and its item, interrupted anywhere, run
 * twice, beside running lanes (docs/architecture.md#migrations).
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'
import { DynamoMigrationLedger } from '../../lib/adapters/dynamodb/migration-ledger.ts'
import { decisionItem } from '../../lib/adapters/dynamodb/items/decision-item.ts'
import { DynamoSingleRows } from '../../lib/adapters/dynamodb/single-rows.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { type Item, keyOf } from '../../lib/adapters/dynamodb/table/item.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { migrateUp, type MigrationStores } from '../../lib/operations/migrate.ts'
import { MIGRATIONS } from '../../migrations/index.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { asRow, cursorRow, rowsOfDecision, writeRows } from '../support/single-account-rows.ts'
import { freshState, openDynamoState } from '../support/state-backends.ts'
import { aDecision, aLane, anExecution } from '../support/state-samples.ts'

const PAPER = accountLabel('paper')
const MAIN = accountLabel('main')
const state = freshState(openDynamoState)
let table: ItemTable
let stores: MigrationStores
let deployment: Deployment

beforeEach(() => {
  table = new ItemTable(state().client, state().names.state)
  stores = { ledger: new DynamoMigrationLedger(table), rows: new DynamoSingleRows(table) }
  deployment = { ...fakeStage().deployment, stores: state().stores, migrationStores: stores }
})

const run = (words: string) =>
  runInside(['migrate', ...words.split(' ')], {
    folder: tmpdir(),
    deployment,
    environment: { TORGHUT_STAGE: 'dev' },
  })
const seed = (rows: Iterable<Item>) => writeRows(state().client, state().names.state, rows)

async function everything(): Promise<ReadonlyMap<string, Item>> {
  const { Items = [] } = await state().client.send(new ScanCommand({ TableName: state().names.state }))
  const items = Items.map((item) => unmarshall(item) as Item)
  return new Map(items.map((item) => [Object.values(keyOf(item)).join(' '), item]))
}
const withoutLedger = (items: ReadonlyMap<string, Item>) =>
  new Map([...items].filter(([key]) => !key.startsWith('migrations ')))

const process = { clock: { now: () => 0, monotonic: () => 0 }, pause: async () => {}, token: () => 'one' }
const fast = { defaultLabel: PAPER, rowsPerSecond: 100_000 }

describe('up', () => {
  it('gives every row its label and its account-scoped item, in all five tables', async () => {
    await seed([...rowsOfDecision(1), ...rowsOfDecision(2), cursorRow()])
    expect((await run('up')).code).toBe(0)
    const items = [...(await everything()).values()]
    const rows = items.filter((item) => keyOf(item).pk.startsWith('single#'))
    expect(rows).toHaveLength(9)
    expect(new Set(rows.map((row) => row['alpaca_account_label']))).toEqual(new Set(['paper']))
    const scoped = items.filter(({ pk }) => pk === 'account#paper')
    expect(scoped).toHaveLength(9)
    const decision = { ...aDecision(1), accountLabel: PAPER }
    const { decisions, executions, orderEvents, lanes } = state().stores
    expect(await decisions.readDecision(PAPER, decision.decisionId)).toEqual(decision)
    expect(await executions.readExecution(PAPER, decision.clientOrderId)).toMatchObject({
      accountLabel: PAPER,
      state: 'filled',
      alpacaOrderId: 'order-1',
    })
    expect(await executions.readPointer(PAPER, 'order-1' as never)).toBe(decision.clientOrderId)
    expect(await orderEvents.listEvents(PAPER, 'order-1')).toMatchObject([{ accountLabel: PAPER }])
    expect(await lanes.readLane(PAPER, 'ta')).toEqual(aLane({ accountLabel: PAPER }))
    expect((await run('verify')).code).toBe(0)
  })

  it("takes the linked decision's label before the default one", async () => {
    await seed([...rowsOfDecision(1, 'main'), ...rowsOfDecision(2)])
    await run('up --default-label second')
    const keys = [...(await everything()).keys()].filter((key) => key.startsWith('account#'))
    expect(keys.filter((key) => key.startsWith('account#main '))).toHaveLength(4)
    expect(keys.filter((key) => key.startsWith('account#second '))).toHaveLength(4)
  })

  it('lets the open executions be found by the lane that looks after them', async () => {
    const execution = anExecution({ state: 'accepted', alpacaOrderId: 'order-7' as never })
    const { executionItem } = await import('../../lib/adapters/dynamodb/items/execution-item.ts')
    await seed([asRow('executions', executionItem.encode(execution))])
    await run('up')
    expect(await state().stores.executions.listOpen(PAPER)).toHaveLength(1)
  })

  it('changes nothing when it is run twice', async () => {
    await seed([...rowsOfDecision(1), cursorRow()])
    await run('up')
    const once = await everything()
    const twice = await run('up')
    expect([twice.code, twice.stdout]).toEqual([0, expect.stringContaining('already applied')])
    expect(await everything()).toEqual(once)
    const [again] = jsonLines((await run('up --again --json')).stdout) as [[{ counts: object }]]
    expect(again[0].counts).toEqual({ rows: 5, put: 0, same: 5, standing: 0, unusable: 0 })
    expect(withoutLedger(await everything())).toEqual(withoutLedger(once))
  })

  it('leaves standing what a running lane has stored', async () => {
    const { lanes, executions } = state().stores
    const [, decision] = [1, aDecision(1)]
    const moved = anExecution(
      { accountLabel: PAPER, state: 'filled', revision: 1, claim: null, note: 'of the lane' },
      decision,
    )
    await lanes.createLane(aLane({ accountLabel: PAPER, cursor: 99, version: 0 }))
    await executions.createExecution(moved)
    await seed([...rowsOfDecision(1), cursorRow()])
    const [report] = jsonLines((await run('up --json')).stdout) as [[{ counts: object }]]
    expect(report[0].counts).toMatchObject({ put: 3, standing: 2 })
    expect((await lanes.readLane(PAPER, 'ta'))?.cursor).toBe(99)
    expect(await executions.readExecution(PAPER, moved.clientOrderId)).toMatchObject({ note: 'of the lane' })
    expect((await run('verify')).code).toBe(0)
  })

  it('leaves rows that are none of their table as they are, and says which', async () => {
    const [decision, ...others] = rowsOfDecision(1)
    await seed([{ ...decision, quantity: 'many' }, ...others])
    const { code, stdout } = await run('up')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/trade_decisions [0-9a-f]{64}: .*quantity/)])
    expect((await run('verify')).code).toBe(1)
  })
})

describe('an interrupted run', () => {
  /** Dies at its n-th call to the table. */
  function dying(calls: number): MigrationStores {
    let left = calls
    const counted = <Store extends object>(store: Store): Store =>
      new Proxy(store, {
        get: (target, name) => {
          const method = Reflect.get(target, name) as (...words: unknown[]) => unknown
          return async (...words: unknown[]) => {
            if ((left -= 1) < 0) throw new UnavailableError('killed')
            return method.apply(target, words)
          }
        },
      })
    return { ledger: counted(stores.ledger), rows: counted(stores.rows) }
  }

  it('goes on wherever it was killed, and ends as one that was not', async () => {
    const rows = Array.from({ length: 30 }, (_, seq) =>
      rowsOfDecision(seq + 1, seq % 3 === 0 ? 'main' : undefined),
    )
    await seed([...rows.flat(), cursorRow()])
    let runs = 0
    for (let calls = 1; ; calls += 7) {
      runs += 1
      const options = { ...fast, takeOver: true }
      const ended = await migrateUp(MIGRATIONS, options, dying(calls), process as never, () => {}).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(UnavailableError)
          return false
        },
      )
      if (ended) break
    }
    expect(runs).toBeGreaterThan(10)
    expect((await run('verify')).code).toBe(0)
    const ends = withoutLedger(await everything())
    expect([...ends.keys()].filter((key) => key.startsWith(`account#${MAIN} `))).toHaveLength(40)
    await run('up --again')
    expect(withoutLedger(await everything())).toEqual(ends)
  })

  it('keeps others out until its lease ends, and goes on only with its own default label', async () => {
    await seed(rowsOfDecision(1))
    const late = { ...process, clock: state().clock }
    await expect(migrateUp(MIGRATIONS, fast, dying(4), late as never, () => {})).rejects.toThrow('killed')
    const at = { ...deployment, clock: state().clock }
    deployment = at
    const busy = await run('up')
    expect([busy.code, busy.stderr]).toEqual([2, expect.stringContaining('--take-over')])
    const other = await run('up --default-label main --take-over')
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('found "main", allowed: paper')])
    state().clock.advance(16_000)
    expect((await run('up')).code).toBe(0)
  })

  it('ends a runner that was taken over, at its next page', async () => {
    await seed(rowsOfDecision(1))
    const slow = {
      ...stores.rows,
      readPage: async (...words: Parameters<typeof stores.rows.readPage>) => {
        await migrateUp(
          MIGRATIONS,
          { ...fast, takeOver: true },
          stores,
          { ...process, token: () => 'two' } as never,
          () => {},
        )
        return stores.rows.readPage(...words)
      },
      isolate: stores.rows.isolate.bind(stores.rows),
      labels: stores.rows.labels.bind(stores.rows),
      name: stores.rows.name.bind(stores.rows),
      compare: stores.rows.compare.bind(stores.rows),
    }
    const first = migrateUp(MIGRATIONS, fast, { ...stores, rows: slow }, process as never, () => {})
    await expect(first).rejects.toMatchObject({ name: 'InUseError' })
    expect((await run('verify')).code).toBe(0)
  })
})

describe('plan and status', () => {
  it('say what would be done and what was done, and write nothing', async () => {
    await seed([...rowsOfDecision(1), cursorRow()])
    const before = await everything()
    const plan = await run('plan')
    expect(plan.stdout).toMatch(/trade_decisions +1 +1/)
    expect((await run('up --dry-run --json')).stdout).toContain('"kind":"planned"')
    expect(await everything()).toEqual(before)
    expect((await run('status --json')).stdout).toContain('"state":"open"')
    await run('up')
    expect((await run('status')).stdout).toMatch(/0013_multi_account_execution_isolation +applied +5/)
  })
})

describe('verify', () => {
  it('finds what is missing, what differs, and rows that came later', async () => {
    await seed([...rowsOfDecision(1), ...rowsOfDecision(2)])
    await run('up')
    const decision = { ...aDecision(1), accountLabel: PAPER }
    await table.put(decisionItem.encode({ ...decision, symbol: 'MSFT' }))
    await table.delete({ pk: 'account#paper', sk: 'alpaca_order#order-2' })
    await seed(rowsOfDecision(3))
    const { code, stdout } = await run('verify')
    expect(code).toBe(1)
    expect(stdout).toContain(`trade_decisions ${decision.decisionId}: row and item differ`)
    expect(stdout).toContain('alpaca_order order-2: there is no account-scoped item')
    expect(stdout).toContain('executions')
    expect(stdout).toContain('the row names no account')
  })
})

describe('the rate', () => {
  it('is kept to, page by page', async () => {
    await seed(Array.from({ length: 60 }, (_, seq) => rowsOfDecision(seq + 1)).flat())
    let paused = 0
    const pause = async (milliseconds: number) => void (paused += milliseconds)
    await migrateUp(
      MIGRATIONS,
      { ...fast, rowsPerSecond: 100 },
      stores,
      { ...process, pause } as never,
      () => {},
    )
    expect(paused).toBe(2400)
  })
})
