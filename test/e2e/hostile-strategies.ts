/**
 * Strategies that mean harm in a deployed lane: one loops, one throws, and an honest daily one that looks 200 days back is heard
 * all the same, also when 90 days' retention has taken the signals that it looks at.
 */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { inParallel } from '../../lib/domain/in-parallel.ts'
import { asEpochMs, formatInstant } from '../../lib/domain/time.ts'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'
import type { Deployment } from './deploy.ts'
import type { Emulator } from './emulator.ts'
import { logRecords } from './log-records.ts'
import type { Operator } from './operator.ts'
import { deployPlugins } from './own-plugins.ts'
import { eventually } from './poll.ts'
import type { StageUnderTest } from './stage-under-test.ts'

interface StageWithPlugins {
  readonly emulator: Emulator
  readonly deployment: Deployment
  readonly operator: Operator
  readonly stage: StageUnderTest
  /** The account that trades. */
  readonly account: AccountLabel
  readonly folder: string
}

const DAY_MS = 86_400_000
const DAYS = 200
const SYMBOL = 'MSFT'
const WRITES_AT_ONCE = 8

/** @param open asked when the test begins */
export function walkHostileStrategies(open: () => StageWithPlugins): void {
  it('one that loops and one that throws cost the others nothing, nor does retention their history', async () => {
    const { emulator, deployment, operator, stage, account, folder } = open()
    stage.exchange.markPrices({ [SYMBOL]: decimal('50') })
    const types = { harmless: 'long_memory', loops: 'looping', throws: 'broken' }
    const file = Object.entries(types).map(([id, strategy_type]) => {
      return {
        id,
        name: id,
        strategy_type,
        version: '1.0.0',
        enabled: true,
        base_timeframe: '1Day',
        params: {},
      }
    })
    const strategies = parseStrategies(JSON.stringify(file), 'the walk')
    await stage.stores.catalog.apply({ hash: catalogHash(strategies), strategies })
    for (const [name, value] of [
      ['TRADING_STRATEGY_RUNTIME_MODE', 'plugin_v3'],
      ['TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY', 'false'],
    ] as const)
      await operator.json(['flags', 'set', name, value, '--confirm', account])
    const now = Date.now()
    const push = async (name: string, days: readonly number[]) => {
      const before = await stage.stores.signals.end('ta')
      const lines = days.map((ago) => ({
        event_ts: formatInstant(asEpochMs(now - ago * DAY_MS)),
        symbol: SYMBOL,
        timeframe: '1Day',
        seq: DAYS - ago,
        source: 'ta',
        payload: { price: 50, macd: 0.5, macd_signal: 0.1, rsi14: 30 },
      }))
      writeFileSync(join(folder, name), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
      await operator.json(['signals', 'push', join(folder, name)])
      return { before, end: await stage.ingested(before + days.length) }
    }
    const past = await push(
      'past.jsonl',
      Array.from({ length: DAYS }, (_, index) => DAYS - index),
    )
    await stage.tick()
    await stage.caughtUp(account)
    const sent = stage.exchange.orders(account).length

    // the signals' 90 days are over, and the lane's process is a new one
    const dynamo = new DynamoDBClient(emulator.client)
    const positions = Array.from({ length: past.end - past.before }, (_, index) => past.before + 1 + index)
    await inParallel(positions, WRITES_AT_ONCE, (position) =>
      dynamo.send(
        new DeleteItemCommand({
          TableName: deployment.names.signalTable,
          Key: { pk: { S: 'signals#ta' }, sk: { N: String(position) } },
        }),
      ),
    )
    await deployPlugins(emulator, deployment)
    const today = await push('today.jsonl', [0])
    await stage.tick()
    expect(await stage.caughtUp(account)).toBe(today.end)

    const orders = stage.exchange.orders(account).slice(sent)
    expect(orders).toMatchObject([{ symbol: SYMBOL, side: 'buy', qty: '20' }])
    const rows = await operator.json(['decisions', '--account', account, '--symbol', SYMBOL, '--limit', '1'])
    const days = [DAYS, 1].map((ago) => formatInstant(asEpochMs(now - ago * DAY_MS)))
    expect(rows).toMatchObject({ decision: { strategies: ['harmless'], reasons: [days.join(' to ')] } })
    const wanted = ['loops plugin_timeout', 'loops strategy_degraded', 'throws plugin_error']
    const logs = new CloudWatchLogsClient(emulator.client)
    const failed = await eventually('all failures in the log', 60, async () => {
      const records = await logRecords(logs, deployment.names.logGroup('lane'))
      const found = records
        .filter(
          (record) => record['message'] === 'a strategy could not decide' && record['symbol'] === SYMBOL,
        )
        .map((record) => `${String(record['strategy_id'])} ${String(record['reason'])}`)
      return wanted.every((one) => found.includes(one)) ? found : null
    })
    expect(new Set(failed)).toEqual(new Set(wanted))
  })
}
