/**
 * `npm run bench:fleet [-- ACCOUNTS ...]`: one tick's dispatch for 100, 1,000 and 10,000 accounts of a roster, against an SQS, an
 * OFREP service and a table of this machine. Prints what it costs by account, and all calls; ends with 1 when an account
 * did not get exactly one cycle, or when the cost by account grows.
 */
import { SimulatedDynamoClient } from '../test/support/simulated-dynamodb/client.ts'
import { SimulatedTable } from '../test/support/simulated-dynamodb/table.ts'
import { LocalSqs } from '../test/support/local-sqs.ts'
import { dynamoStores } from '../lib/adapters/dynamodb/stores.ts'
import { openFeatureServices } from '../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../lib/adapters/openfeature/parameter-provider.ts'
import { SqsFifoQueue } from '../lib/adapters/sqs/fifo-queue.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { accountLabel } from '../lib/domain/account-label.ts'
import { asCatalogHash } from '../lib/domain/ids.ts'
import { asEpochMs, momentOf } from '../lib/domain/time.ts'
import { rosterText } from '../lib/flags/account-entry.ts'
import { dispatchTick } from '../lib/lanes/dispatch.ts'
import { tickQueue } from '../lib/lanes/tick-queue.ts'
import type { FlagSource } from '../lib/ports/flag-source.ts'
import { OfrepServer } from '../test/support/flipt/ofrep-server.ts'
import { silentTelemetry } from '../test/support/telemetry.ts'

/** By account, of the largest fleet over the smallest: the first tick's warming up weighs on the small one. */
const GROWTH = 1.5
const MINUTE_MS = 60_000
const FIRST_TICK = Date.UTC(2026, 1, 10, 15)
const asked = process.argv.filter((word) => /^\d+$/.test(word)).map(Number)
const sizes = asked.length === 0 ? [100, 1000, 10_000] : asked

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Milliseconds by account, of the second tick. */
async function measure(count: number, provider: 'ssm' | 'ofrep'): Promise<number> {
  const [sqs, service] = [await LocalSqs.listen(), await OfrepServer.listen()]
  const calls = { parameters: 0, table: 0 }
  const tables = [new SimulatedTable('state'), new SimulatedTable('signals')]
  const client = new SimulatedDynamoClient(tables, async ({ perform }) => {
    calls.table += 1
    return perform(Date.now(), Infinity)
  })
  const stores = dynamoStores(client.asClient(), { state: 'state', signals: 'signals' }, systemClock, null)
  const entries = Array.from({ length: count }, (_, index) => ({
    label: accountLabel(`account-${index}`),
    mode: null,
    enabled: null,
    baseUrl: null,
    strategies: null,
  }))
  const values = {
    TRADING_KILL_SWITCH_ENABLED: 'false',
    TRADING_ACCOUNT_LABEL: 'account-0',
    TRADING_MULTI_ACCOUNT_ENABLED: 'true',
    TRADING_ACCOUNTS_JSON: rosterText(await stores.roster.write(entries, () => {})),
    'features/torghut_trading_multi_account_enabled': 'true',
    TRADING_FEATURE_FLAGS_PROVIDER: provider,
    TRADING_FEATURE_FLAGS_URL: service.baseUrl,
    TRADING_FEATURE_FLAGS_NAMESPACE: 'trading',
    TRADING_FEATURE_FLAGS_TIMEOUT_MS: '5000',
  }
  const readAll = async () => {
    calls.parameters += 1
    return { values, versions: {}, readAt: momentOf(systemClock) }
  }
  // as the adapter: one reading serves all that may be as old as it is
  let kept: ReturnType<typeof readAll> | null = null
  const flags: FlagSource = {
    read: (maxAgeMs) => (kept = maxAgeMs === 0 || kept === null ? readAll() : kept),
    readNamed: readAll,
  }
  const deps = {
    environment: {},
    flags,
    features: openFeatureServices(`fleet-${provider}-${count}`, new ParameterProvider(flags, MINUTE_MS)),
    roster: stores.roster,
    catalog: { currentHash: async () => asCatalogHash('c'.repeat(64)) },
    executions: stores.executions,
    unmatched: stores.unmatchedOrders,
    queue: tickQueue(new SqsFifoQueue(sqs.client(), sqs.url)),
    telemetry: silentTelemetry,
  }
  await dispatchTick(asEpochMs(FIRST_TICK), deps)
  const before = { ...calls, flags: service.requests, queue: sqs.requests }
  sqs.taken.length = 0
  const begun = performance.now()
  const { cycles, failed } = await dispatchTick(asEpochMs(FIRST_TICK + MINUTE_MS), deps)
  const took = performance.now() - begun
  const groups = new Set(sqs.taken.map(({ group }) => group))
  const isExact = cycles.length === count && groups.size === count && sqs.taken.length === count
  if (!isExact || failed.length > 0) process.exitCode = 1
  print(
    [
      `${count} accounts, ${provider}: ${took.toFixed(0)} ms, ${((took / count) * 1000).toFixed(0)} us by account`,
      `each exactly once: ${isExact ? 'yes' : 'NO'}`,
      `requests: queue ${sqs.requests - before.queue}, Parameter Store ${calls.parameters - before.parameters}`,
      `table ${calls.table - before.table}, flags ${service.requests - before.flags}`,
    ].join('; '),
  )
  await Promise.all([sqs.close(), service.close()])
  return took / count
}

for (const provider of ['ssm', 'ofrep'] as const) {
  await measure(100, provider) // warms up
  const costs: number[] = []
  for (const size of sizes) costs.push(await measure(size, provider))
  const growth = (costs.at(-1) ?? 0) / (costs[0] ?? 1)
  const isFlat = growth <= GROWTH
  print(`cost by account, largest over smallest fleet: ${growth.toFixed(2)}: ${isFlat ? 'flat' : 'NOT flat'}`)
  if (!isFlat) process.exitCode = 1
}
