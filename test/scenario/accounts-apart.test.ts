/**
 * Two accounts whose orders share client order ids and broker order ids keep apart, through the order feed, dispatch,
 * reconcile and the canary's audit; and an update that is forged for the wrong account changes nothing but a counter
 * (docs/architecture.md#accounts-apart).
 */
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'
import { DynamoAccountRows } from '../../lib/adapters/dynamodb/account-rows.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { asCatalogHash } from '../../lib/domain/ids.ts'
import { decodeTick } from '../../lib/formats/tick-codec.ts'
import { dispatchTick } from '../../lib/lanes/dispatch.ts'
import { tickQueue } from '../../lib/lanes/tick-queue.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import { queuedUpdate } from '../../lib/orders/order-feed/queued-update.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import type { QueueMessage } from '../../lib/ports/queue.ts'
import { type FakeStage, fakeStage } from '../support/deployment-fixture.ts'
import { flagSource } from '../support/flag-readings.ts'
import { aBrokerOrder, ORDER_ID } from '../support/order-fixtures.ts'
import { ReconciledAccount } from '../support/reconciled-account.ts'
import { runInside } from '../support/run-cli.ts'
import { freshState, openDynamoState } from '../support/state-backends.ts'
import { ALPHA, BETA, aDecision, aLane, anExecution } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const state = freshState(openDynamoState)
const settings = parseSettings({
  TRADING_ACCOUNT_LABEL: ALPHA,
  TRADING_ORDER_FEED_TOPIC_V2: 'torghut.trade-updates.v2',
})
/** Both accounts' orders have this id of ours, and `ORDER_ID` of the broker's. */
const SHARED = aDecision().clientOrderId
let stage: FakeStage
let deployment: Deployment
let telemetry: CountingTelemetry

const decided = (account: AccountLabel) => aDecision(1, account, { clientOrderId: SHARED })
const accepted = (account: AccountLabel) =>
  anExecution({ state: 'accepted', claim: null, alpacaOrderId: ORDER_ID }, decided(account))
const execution = (account: AccountLabel) => state().stores.executions.readExecution(account, SHARED)

beforeEach(async () => {
  telemetry = new CountingTelemetry()
  stage = fakeStage()
  const table = new ItemTable(state().client, state().names.state)
  deployment = { ...stage.deployment, stores: state().stores, accountRows: new DynamoAccountRows(table) }
  Object.assign(stage.flags, {
    TRADING_ACCOUNT_LABEL: 'alpha',
    TRADING_ACCOUNTS_JSON: '[{"label":"alpha"},{"label":"beta"}]',
    TRADING_MULTI_ACCOUNT_ENABLED: 'true',
    TRADING_KILL_SWITCH_ENABLED: 'false',
    'features/torghut_trading_multi_account_enabled': 'torghut:beta',
  })
  const { lanes, decisions, executions } = state().stores
  for (const account of [ALPHA, BETA]) {
    await lanes.createLane(aLane({ accountLabel: account }))
    await decisions.putDecision(decided(account))
    await executions.createExecution(accepted(account))
    await executions.putPointer(account, ORDER_ID, SHARED)
  }
})

/** A message by the queue of the second topic. */
function hears(account: AccountLabel, order: Record<string, unknown> = {}) {
  const update = {
    event: 'fill',
    account_label: account,
    timestamp: '2010-05-04T13:32:00Z',
    order: {
      id: ORDER_ID,
      client_order_id: SHARED,
      symbol: 'AAPL',
      side: 'buy',
      qty: '10',
      status: 'filled',
      filled_qty: '10',
      filled_avg_price: '101',
      ...order,
    },
  }
  const { executions, orderEvents: events, unmatchedOrders: unmatched } = state().stores
  const message = queuedUpdate(JSON.stringify(update), { oneAccount: false, settings })
  const knowsAccount = async (label: AccountLabel) => label === ALPHA || label === BETA
  return applyTradeUpdate(message, {
    executions,
    events,
    unmatched,
    clock: state().clock,
    telemetry,
    knowsAccount,
  })
}

async function reconciled(): Promise<readonly string[]> {
  const sent: QueueMessage[] = []
  await dispatchTick(state().clock.now(), {
    environment: {},
    flags: flagSource(state().clock, () => stage.flags),
    features: deployment.features,
    roster: deployment.stores.roster,
    catalog: { currentHash: async () => asCatalogHash('c'.repeat(64)) },
    executions: state().stores.executions,
    unmatched: state().stores.unmatchedOrders,
    queue: tickQueue({
      send: async (messages) => {
        sent.push(...messages)
        return { failed: [] }
      },
    }),
    telemetry,
    // nothing is swept outside the window
    window: () => false,
  })
  return sent.map(({ body }) => decodeTick(body)).map(({ kind, account }) => `${kind} ${account.label}`)
}

const verify = () =>
  runInside(['canary', 'verify', '--account', 'beta', '--offline', '--stage', 'dev'], {
    folder: tmpdir(),
    deployment,
    environment: {},
  })

describe('two accounts whose orders share both ids', () => {
  it('keep apart in the order feed, in dispatch, in reconcile, and in the tables', async () => {
    expect(await reconciled()).toEqual(['reconcile alpha', 'reconcile beta'])
    expect(await hears(ALPHA)).toMatchObject({ kind: 'applied', changed: true })
    expect([await execution(ALPHA), await execution(BETA)]).toMatchObject([
      { state: 'filled', filledQuantity: decimal('10') },
      accepted(BETA),
    ])
    expect(await state().stores.orderEvents.listEvents(BETA, ORDER_ID)).toEqual([])
    expect(await reconciled()).toEqual(['reconcile beta'])

    // alpha's broker says that the order was filled, beta's that it was cancelled
    const broker = new ReconciledAccount({ ...state().stores, account: BETA })
    const order = aBrokerOrder({ clientOrderId: SHARED, status: 'canceled' })
    broker.orders.set(SHARED, order)
    broker.sent.push({ ...order, sentAt: accepted(BETA).createdAt, order })
    expect(await broker.reconcile()).toMatchObject({ updated: 1, external: 0, backfilled: [] })
    expect([await execution(ALPHA), await execution(BETA)]).toMatchObject([
      { state: 'filled' },
      { state: 'canceled', filledQuantity: 0n },
    ])
    expect(await reconciled()).toEqual([])
    expect(await verify()).toMatchObject({ code: 0, stderr: 'Nothing crosses.\n' })
  })
})

describe('an update that is forged for the wrong account', () => {
  const stored = async (): Promise<readonly (Execution | null)[]> => [
    await execution(ALPHA),
    await execution(BETA),
  ]

  it.each([
    ['names an order of the other account', { client_order_id: aDecision(7).clientOrderId, id: 'order-7' }],
    ['has another symbol', { symbol: 'MSFT' }],
    ['has another side', { side: 'sell' }],
    ['has another quantity', { qty: '11' }],
    ['has another order’s id', { id: 'order-7' }],
  ])('changes nothing but a counter: it %s', async (_, forged) => {
    const { decisions, executions } = state().stores
    await decisions.putDecision(aDecision(7))
    await executions.createExecution(anExecution({ state: 'accepted' }, aDecision(7)))
    const before = await stored()
    const outcome = await hears(BETA, forged)
    expect(['buffered', 'anomaly']).toContain(outcome.kind)
    expect(await stored()).toEqual(before)
    expect(await executions.readExecution(ALPHA, aDecision(7).clientOrderId)).toMatchObject({
      state: 'accepted',
    })
    const counted =
      telemetry.total('order_feed_buffered_total') + telemetry.total('order_feed_anomalies_total')
    expect([counted, telemetry.total('order_feed_applied_total')]).toEqual([1, 0])
  })

  it('is none of the account’s, as reconcile finds without asking the broker', async () => {
    await hears(BETA, { client_order_id: aDecision(7).clientOrderId, id: 'order-7' })
    const broker = new ReconciledAccount({ ...state().stores, account: BETA })
    broker.orders.set(SHARED, aBrokerOrder({ clientOrderId: SHARED }))
    expect(await broker.reconcile()).toMatchObject({ external: 1 })
    expect(await state().stores.unmatchedOrders.readUnmatched(BETA, 'order-7')).toMatchObject({
      state: 'external',
      reason: 'no_decision',
    })
    expect(broker.lookedUp).toEqual([SHARED])
  })

  it('is of nobody where it names no account, whatever its ids', async () => {
    const outcome = await hears('' as AccountLabel)
    expect(outcome).toMatchObject({ kind: 'quarantined' })
    expect(telemetry.total('order_feed_quarantined_total')).toBe(1)
  })
})
