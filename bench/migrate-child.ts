/** Runs migration 0013 to its end, or verifies it, and says after each page how far it is and what memory it takes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoMigrationLedger } from '../lib/adapters/dynamodb/migration-ledger.ts'
import { DynamoSingleRows } from '../lib/adapters/dynamodb/single-rows.ts'
import { ItemTable } from '../lib/adapters/dynamodb/table/item-table.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { accountLabel } from '../lib/domain/account-label.ts'
import { embeddedClient } from '../lib/local/embedded-dynamodb.ts'
import { migrateUp, migrateVerify } from '../lib/operations/migrate.ts'
import { MIGRATIONS } from '../migrations/index.ts'

const [endpoint = '', verb = 'up'] = process.argv.slice(2)
const table = new ItemTable(embeddedClient(endpoint), 'state')
const stores = { ledger: new DynamoMigrationLedger(table), rows: new DynamoSingleRows(table) }

function say(found: object): void {
  process.stdout.write(`${JSON.stringify(found)}\n`)
}

function watch(_id: string, _table: string, rows: number): void {
  const { heapUsed, rss } = process.memoryUsage()
  say({ rows, heapMb: heapUsed / 1e6, rssMb: rss / 1e6 })
}

if (verb === 'verify') {
  const [report] = await migrateVerify(MIGRATIONS, stores, watch)
  say({ verified: report?.verified, tables: report?.tables })
} else {
  const options = { defaultLabel: accountLabel('paper'), rowsPerSecond: 1e6, takeOver: true }
  const machine = { clock: systemClock, pause: (milliseconds: number) => sleep(milliseconds), token: String }
  const [report] = await migrateUp(
    MIGRATIONS,
    options,
    stores,
    { ...machine, token: () => String(process.pid) },
    watch,
  )
  say({ counts: report?.counts })
}
