/**
 * `torghut canary`: a cross that is planted by hand in the tables is found, for each kind of row and for credentials, and
 * accounts that share ids without crossing are left in peace (docs/architecture.md#accounts-apart).
 */
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'
import { DynamoAccountRows } from '../../lib/adapters/dynamodb/account-rows.ts'
import { decisionItem } from '../../lib/adapters/dynamodb/items/decision-item.ts'
import { executionItem, orderPointerItem } from '../../lib/adapters/dynamodb/items/execution-item.ts'
import { cycleItem } from '../../lib/adapters/dynamodb/items/cycle-item.ts'
import { laneItem } from '../../lib/adapters/dynamodb/items/lane-item.ts'
import { orderEventItem } from '../../lib/adapters/dynamodb/order-event-store.ts'
import { DynamoMigrationLedger } from '../../lib/adapters/dynamodb/migration-ledger.ts'
import { DynamoSingleRows } from '../../lib/adapters/dynamodb/single-rows.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { unmatchedOrderItem } from '../../lib/adapters/dynamodb/unmatched-order-store.ts'
import { asAlpacaOrderId } from '../../lib/domain/ids.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { fingerprint } from '../../lib/orders/order-feed/stored-updates.ts'
import { type FakeStage, fakeStage } from '../support/deployment-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { freshState, openDynamoState } from '../support/state-backends.ts'
import {
  ALPHA,
  BETA,
  aCycle,
  aDecision,
  aLane,
  anExecution,
  anOrderEvent,
  anUnmatchedOrder,
} from '../support/state-samples.ts'

const ORDER = asAlpacaOrderId('order-1')
const state = freshState(openDynamoState)
let stage: FakeStage
let table: ItemTable
let deployment: Deployment

beforeEach(async () => {
  stage = fakeStage()
  table = new ItemTable(state().client, state().names.state)
  deployment = {
    ...stage.deployment,
    stores: state().stores,
    accountRows: new DynamoAccountRows(table),
    migrationStores: { ledger: new DynamoMigrationLedger(table), rows: new DynamoSingleRows(table) },
  }
  Object.assign(stage.flags, {
    TRADING_ACCOUNT_LABEL: 'alpha',
    TRADING_ACCOUNTS_JSON: '[{"label":"alpha"},{"label":"beta"}]',
  })
  // both accounts' orders share the broker's order id, and both have a row of each kind
  for (const account of [ALPHA, BETA]) await trade(account)
})

const run = (words: string) =>
  runInside(['canary', ...words.split(' ')], {
    folder: tmpdir(),
    deployment,
    environment: { TORGHUT_STAGE: 'dev' },
  })

const decided = (account: AccountLabel) => aDecision(1, account)
const executed = (account: AccountLabel) =>
  anExecution({ state: 'filled', claim: null, alpacaOrderId: ORDER }, decided(account))
function reported(account: AccountLabel) {
  const { clientOrderId } = executed(account)
  const event = anOrderEvent({ accountLabel: account, alpacaOrderId: ORDER, clientOrderId })
  return { ...event, orderKey: ORDER as string, fingerprint: fingerprint(event) }
}

async function trade(account: AccountLabel): Promise<void> {
  const { clientOrderId } = executed(account)
  await table.put(laneItem.encode(aLane({ accountLabel: account })))
  await table.put(decisionItem.encode(decided(account)))
  await table.put(executionItem.encode(executed(account)))
  await table.put(orderPointerItem.encode({ accountLabel: account, alpacaOrderId: ORDER, clientOrderId }))
  await table.put(orderEventItem.encode(reported(account)))
}

describe('verify', () => {
  it('finds nothing where two accounts share order ids and cross in nothing', async () => {
    const { code, stdout, stderr } = await run('verify --account beta')
    expect([code, stderr]).toEqual([0, 'Nothing crosses.\n'])
    expect(stdout).toMatch(/alpha +1 +1 +1 +1 +1/)
  })

  it.each([
    ['trade_decisions', () => decisionItem.encode(decided(ALPHA))],
    ['executions', () => executionItem.encode(executed(ALPHA))],
    ['trade_cursor', () => laneItem.encode(aLane({ accountLabel: ALPHA }))],
    [
      'alpaca_order',
      () =>
        orderPointerItem.encode({
          accountLabel: ALPHA,
          alpacaOrderId: ORDER,
          clientOrderId: executed(ALPHA).clientOrderId,
        }),
    ],
    ['execution_order_events', () => orderEventItem.encode(reported(ALPHA))],
    ['unmatched_orders', () => unmatchedOrderItem.encode(anUnmatchedOrder())],
    ['cycle', () => cycleItem.encode(aCycle())],
  ])('finds a row of %s that names one account and stands under another', async (kind, row) => {
    await table.put({ ...row(), pk: 'account#beta' })
    const { code, stdout } = await run('verify --json')
    expect(code).toBe(1)
    const [found] = jsonLines(stdout) as [{ crossings: { account: string; kind: string; problem: string }[] }]
    expect(found.crossings).toContainEqual(
      expect.objectContaining({ account: 'beta', kind, problem: 'the row names account alpha' }),
    )
  })

  it("finds an execution of another account's decision", async () => {
    const stranger = { ...executed(BETA), decisionId: decided(ALPHA).decisionId }
    await table.put(executionItem.encode(stranger))
    const { code, stdout } = await run('verify')
    expect([code, stdout]).toEqual([1, expect.stringContaining('its decision belongs to alpha')])
  })

  it("finds a pointer to another account's execution, and one to an execution of another order", async () => {
    const pointer = { accountLabel: BETA, clientOrderId: executed(ALPHA).clientOrderId }
    await table.put(orderPointerItem.encode({ ...pointer, alpacaOrderId: asAlpacaOrderId('order-2') }))
    const second = { accountLabel: BETA, clientOrderId: executed(BETA).clientOrderId }
    await table.put(orderPointerItem.encode({ ...second, alpacaOrderId: asAlpacaOrderId('order-3') }))
    const { stdout } = await run('verify')
    expect(stdout).toContain('alpaca_order#order-2: its execution belongs to alpha')
    expect(stdout).toContain('alpaca_order#order-3: its execution has another order, order-1')
  })

  it("finds an event of another account's order, and lets one wait whose order nobody knows", async () => {
    const { clientOrderId } = executed(ALPHA)
    for (const event of [
      anOrderEvent({ accountLabel: BETA, alpacaOrderId: null, clientOrderId }),
      anOrderEvent({ accountLabel: BETA, alpacaOrderId: asAlpacaOrderId('order-9'), clientOrderId: null }),
    ]) {
      const orderKey = event.alpacaOrderId ?? `client:${clientOrderId}`
      await table.put(orderEventItem.encode({ ...event, orderKey, fingerprint: fingerprint(event) }))
    }
    const { stdout } = await run('verify')
    expect(stdout.match(/its order belongs to alpha/g)).toHaveLength(1)
    expect(stdout).not.toContain('order-9')
  })

  it('finds open work that stands under another account in the index, and two executions of one decision', async () => {
    const item = executionItem.encode({ ...executed(BETA), state: 'accepted' })
    await table.put({ ...item, open_pk: 'account#alpha' })
    const twin = { ...executed(BETA), clientOrderId: 'tg-twin' as never, alpacaOrderId: null }
    await table.put(executionItem.encode(twin))
    const { stdout } = await run('verify')
    expect(stdout).toContain('it is open work of account alpha')
    expect(stdout).toContain('another execution has its decision')
  })

  it('finds credentials of a broker account that belongs to another label', async () => {
    const target = { mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' } as const
    stage.brokerAccounts.set('KEY-2', 'broker-2')
    await deployment.stores.brokerAccounts.bind(target, 'broker-1', ALPHA)
    await deployment.stores.brokerAccounts.bind(target, 'broker-2', BETA)
    stage.credentials.set(ALPHA, 'KEY-1')
    stage.credentials.set(BETA, 'KEY-2')
    expect((await run('verify')).code).toBe(0)
    stage.credentials.set(BETA, 'KEY-1')
    const crossed = await run('verify')
    expect([crossed.code, crossed.stdout]).toEqual([
      1,
      expect.stringContaining('beta credential beta: the broker account belongs to alpha'),
    ])
    expect((await run('verify --offline')).code).toBe(0)
  })

  it('wants rows of every kind of the account that it is asked about', async () => {
    stage.flags['TRADING_ACCOUNTS_JSON'] = '[{"label":"alpha"},{"label":"beta"},{"label":"gamma"}]'
    expect((await run('verify')).code).toBe(0)
    const { code, stdout } = await run('verify --account gamma')
    expect([code, stdout.match(/there is no such row/g)]).toEqual([1, expect.objectContaining({ length: 3 })])
  })
})

describe('plan', () => {
  const done = async () => {
    const [steps] = jsonLines((await run('plan --account beta --json')).stdout) as [
      { step: string; done: boolean }[],
    ]
    return steps.filter((step) => step.done).map(({ step }) => step)
  }

  it('says of five steps which are done, and how to do the others', async () => {
    expect(await done()).toEqual([])
    const { stdout } = await run('plan --account beta')
    expect(stdout.match(/^\d open/gm)).toHaveLength(5)
    expect(stdout).toContain('$ torghut migrate up --stage dev')
    await runInside(['migrate', 'up', '--stage', 'dev'], { folder: tmpdir(), deployment, environment: {} })
    stage.credentials.set(BETA, 'KEY-1')
    Object.assign(stage.flags, {
      TRADING_ORDER_FEED_TOPIC_V2: 'torghut.trade-updates.v2',
      TRADING_MULTI_ACCOUNT_ENABLED: 'true',
      'features/torghut_trading_multi_account_enabled': 'torghut:beta',
    })
    expect(await done()).toEqual(['schema', 'account', 'topic', 'variable', 'flag'])
  })
})
