/**
 * Migrations and imports that end or stand still at any of their writes, and are resumed: they end as undisturbed ones do, keep
 * others out as long as they may be alive, and one that wakes when another has gone on learns it
 * (docs/architecture.md#migrations, docs/import.md).
 */
import { marshall } from '@aws-sdk/util-dynamodb'
import { describe, expect, it } from 'vitest'
import { DynamoMigrationLedger } from '../../lib/adapters/dynamodb/migration-ledger.ts'
import { DynamoSingleRows } from '../../lib/adapters/dynamodb/single-rows.ts'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import type { Item } from '../../lib/adapters/dynamodb/table/item.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { ConfigurationError, InUseError } from '../../lib/domain/errors.ts'
import { importRows } from '../../lib/operations/import-rows.ts'
import { migrateUp, migrateVerify } from '../../lib/operations/migrate.ts'
import { MIGRATIONS } from '../../migrations/index.ts'
import { anExport, filesOf } from '../support/exported-rows.ts'
import { HandClock } from '../support/hand-clock.ts'
import { type Fate, KilledProcess } from '../support/killed-process.ts'
import { SimulatedTable } from '../support/simulated-dynamodb/table.ts'
import { cursorRow, rowsOfDecision } from '../support/single-account-rows.ts'
import { ALPHA, BETA, TARGET } from '../support/state-samples.ts'

/** Longer than a runner's lease. */
const LEASE_MS = 16_000
/** More than a page of each table's rows. */
const MANY = 201
/** Of the writes of a run over many rows, those about the end of some pages are met, and one of so many others. */
const ONE_OF = 700
const PAGES = [1, 2, -1]

type Work = (process: KilledProcess, clock: HandClock, owner: string) => Promise<unknown>

const stateOf = (table: SimulatedTable): readonly string[] =>
  [...table.all()]
    .filter(({ pk }) => pk?.S !== 'migrations')
    .map((item) => JSON.stringify(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1))))
    .sort()

function tablesWith(rows: readonly Item[], clock: HandClock): readonly [SimulatedTable, SimulatedTable] {
  const state = new SimulatedTable('state')
  for (const row of rows) {
    const item = marshall(row)
    if (item['pk'] !== undefined && item['sk'] !== undefined)
      state.seed(item['pk'], item['sk'], item, clock.now())
  }
  return [state, new SimulatedTable('signals')]
}

const migrate: Work = ({ client }, clock, owner) => {
  const table = new ItemTable(client, 'state')
  const stores = { ledger: new DynamoMigrationLedger(table), rows: new DynamoSingleRows(table) }
  const process = { clock, pause: async () => {}, token: () => owner }
  const options = { defaultLabel: accountLabel('paper'), rowsPerSecond: 1_000_000 }
  return migrateUp(MIGRATIONS, options, stores, process, () => {})
}

const importOf =
  (decisions: number): Work =>
  ({ client }, clock, owner) => {
    const stores = dynamoStores(client, { state: 'state', signals: 'signals' }, clock, null)
    const ledger = new DynamoMigrationLedger(new ItemTable(client, 'state'))
    const targets = new Map([ALPHA, BETA].map((label) => [label, TARGET]))
    const options = {
      defaultLabel: ALPHA,
      source: 'ta',
      targets,
      rowsPerSecond: 1_000_000,
      dryRun: false,
      again: false,
      takeOver: false,
    }
    const deps = { stores, ledger, clock, pause: async () => {}, token: () => owner }
    return importRows(filesOf(anExport(decisions)), options, deps, () => {})
  }

interface Case {
  readonly what: string
  readonly rows: readonly Item[]
  readonly work: Work
  readonly isMany: boolean
}

const rowsOf = (decisions: number): readonly Item[] => [
  ...Array.from({ length: decisions }, (_, seq) =>
    rowsOfDecision(seq + 1, seq % 3 === 0 ? 'main' : undefined),
  ).flat(),
  cursorRow(),
]

const CASES: readonly Case[] = [
  { what: 'a migration of few rows', rows: rowsOf(3), work: migrate, isMany: false },
  { what: 'a migration of more than a page', rows: rowsOf(MANY), work: migrate, isMany: true },
  { what: 'an import of few rows', rows: [], work: importOf(5), isMany: false },
  { what: 'an import of more than a page', rows: [], work: importOf(MANY), isMany: true },
]

async function undisturbed({ rows, work }: Case) {
  const clock = new HandClock('2026-02-10T15:00:00Z')
  const tables = tablesWith(rows, clock)
  const process = new KilledProcess(tables, clock, null)
  const ledgerWrites: number[] = []
  tables[0].onWrite = (_table, _before, after) => {
    if (after?.['pk']?.S === 'migrations') ledgerWrites.push(process.writes)
  }
  await work(process, clock, 'one')
  return { writes: process.writes, state: stateOf(tables[0]), ledgerWrites }
}

/** The writes that are met. */
function placesOf(writes: number, ledgerWrites: readonly number[], isMany: boolean): readonly number[] {
  const ends = PAGES.map((page) => ledgerWrites.at(page) ?? 1)
  const near = new Set(ends.flatMap((write) => [write - 1, write, write + 1]))
  const all = Array.from({ length: writes }, (_, index) => index + 1)
  return isMany ? all.filter((write) => near.has(write) || write % ONE_OF === 0) : all
}

const outcomeOf = (running: Promise<unknown>): Promise<string> =>
  running.then(
    () => 'ended',
    (error: unknown) => {
      if (error instanceof InUseError) return 'in use'
      throw error
    },
  )

/** What becomes of work that meets its fate, of another runner at once, and of one after the lease. */
async function lifeOf({ rows, work }: Case, fate: Fate) {
  const clock = new HandClock('2026-02-10T15:00:00Z')
  const tables = tablesWith(rows, clock)
  const [table] = tables
  const run = (owner: string) => outcomeOf(work(new KilledProcess(tables, clock, null), clock, owner))
  const ledgerSays = () =>
    [...table.all()].flatMap(({ pk, state }) => (pk?.S === 'migrations' ? (state?.S ?? '') : []))
  const first = new KilledProcess(tables, clock, fate)
  const running = outcomeOf(work(first, clock, 'one'))
  const met = await Promise.race([first.met, running])
  const isHeld = ledgerSays().includes('running')
  const atOnce = await run('two')
  clock.advance(LEASE_MS)
  const later = await run('three')
  const state = stateOf(table)
  // it learns at its next page that it was taken over
  first.thaw()
  const woken = fate.how === 'frozen before it' ? await running : 'in use'
  const isUndone = ledgerSays().includes('running') || stateOf(table).join() !== state.join()
  return {
    met,
    isHeldOrFree: atOnce === (isHeld ? 'in use' : 'ended'),
    later,
    state,
    woken,
    isUndone,
    tables,
    clock,
  }
}

async function isVerified(tables: readonly SimulatedTable[], clock: HandClock): Promise<boolean> {
  const table = new ItemTable(new KilledProcess(tables, clock, null).client, 'state')
  const stores = { ledger: new DynamoMigrationLedger(table), rows: new DynamoSingleRows(table) }
  return (await migrateVerify(MIGRATIONS, stores, () => {})).every(({ verified }) => verified)
}

describe.each(CASES)('$what', (one) => {
  const clean = undisturbed(one)

  it.each<Fate['how']>(['killed before it', 'killed after it', 'frozen before it'])(
    'ends clean, %s, at any of its writes',
    { timeout: 900_000 },
    async (how) => {
      const { writes, state, ledgerWrites } = await clean
      for (const atWrite of placesOf(writes, ledgerWrites, one.isMany)) {
        const { tables, clock, ...life } = await lifeOf(one, { atWrite, how })
        const verified = one.work !== migrate || (await isVerified(tables, clock))
        expect({ atWrite, verified, ...life }).toEqual({
          atWrite,
          verified: true,
          met: 'met its fate',
          isHeldOrFree: true,
          later: 'ended',
          state,
          woken: 'in use',
          isUndone: false,
        })
      }
    },
  )
})

describe('an interrupted migration', () => {
  it('is gone on with under its own default label only', async () => {
    const clock = new HandClock('2026-02-10T15:00:00Z')
    const tables = tablesWith(rowsOf(2), clock)
    const first = new KilledProcess(tables, clock, { atWrite: 4, how: 'killed after it' })
    await Promise.race([first.met, migrate(first, clock, 'one')])
    clock.advance(LEASE_MS)
    const table = new ItemTable(new KilledProcess(tables, clock, null).client, 'state')
    const stores = { ledger: new DynamoMigrationLedger(table), rows: new DynamoSingleRows(table) }
    const process = { clock, pause: async () => {}, token: () => 'two' }
    const options = { defaultLabel: accountLabel('other'), rowsPerSecond: 1_000_000 }
    const refused = migrateUp(MIGRATIONS, options, stores, process, () => {})
    await expect(refused).rejects.toBeInstanceOf(ConfigurationError)
  })
})
