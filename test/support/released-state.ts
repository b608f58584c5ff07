/**
 * State as a released version left it in the middle of a cycle, one file a release: a tick message, and the items
 * of both tables as DynamoDB holds them. Its lane had one unanswered order, sealed a cycle of four signals, placed
 * the first order, and died between the claim of the second one and its POST.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { brokerAccountItem } from '../../lib/adapters/dynamodb/broker-accounts.ts'
import { currentRevisionItem, revisionItem } from '../../lib/adapters/dynamodb/strategy-catalog.ts'
import { cycleItem } from '../../lib/adapters/dynamodb/items/cycle-item.ts'
import { decisionItem } from '../../lib/adapters/dynamodb/items/decision-item.ts'
import { executionItem, orderPointerItem } from '../../lib/adapters/dynamodb/items/execution-item.ts'
import { laneItem } from '../../lib/adapters/dynamodb/items/lane-item.ts'
import { orderEventItem } from '../../lib/adapters/dynamodb/order-event-store.ts'
import { highWaterItem, markerItem, rowItem } from '../../lib/adapters/dynamodb/signal-rows.ts'
import type { Item, ItemKind } from '../../lib/adapters/dynamodb/table/item.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import type { DynamoState } from './state-backends.ts'

const FOLDER = join(import.meta.dirname, 'released')

export const RELEASES: readonly string[] = readdirSync(FOLDER)
  .map((file) => file.replace('.jsonl', ''))
  .sort()

/** By what their keys begin with. */
const KINDS: readonly (readonly [prefix: string, kind: ItemKind<unknown>])[] = [
  ['trade_cursor#', laneItem],
  ['cycle#', cycleItem],
  ['trade_decisions#', decisionItem],
  ['executions#', executionItem],
  ['alpaca_order#', orderPointerItem],
  ['execution_order_events#', orderEventItem],
  ['revision#', revisionItem],
  ['strategies#', currentRevisionItem],
  ['broker_accounts', brokerAccountItem],
  ['signals#', rowItem],
  ['marker#', markerItem],
  ['high_water#', highWaterItem],
] as readonly (readonly [string, ItemKind<unknown>])[]

interface StoredItem {
  readonly table: 'state' | 'signals'
  readonly item: Record<string, AttributeValue>
}

export interface ReleasedState {
  readonly tickMessage: string
  readonly stored: readonly StoredItem[]
}

export function readReleased(release: string): ReleasedState {
  const lines = readFileSync(join(FOLDER, `${release}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
  const [first = '', ...items] = lines
  return {
    tickMessage: (JSON.parse(first) as { tick_message: string }).tick_message,
    stored: items.map((line) => JSON.parse(line, textAsBinary) as StoredItem),
  }
}

/** Binary values are base64 in the file, under the type `B`. */
function textAsBinary(type: string, value: unknown): unknown {
  return type === 'B' && typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value
}

export function unmarshalled({ item }: StoredItem): Item {
  return unmarshall(item) as Item
}

export function kindOf({ pk, sk }: Item): ItemKind<unknown> {
  const keys = [sk, pk].filter((key) => typeof key === 'string')
  const found = KINDS.find(([prefix]) => keys.some((key) => key.startsWith(prefix)))
  if (found === undefined) throw new Error(`no item kind has the keys ${keys.join(' ')}`)
  return found[1]
}

/** Puts the items into the tables as they are. */
export async function intoDynamo({ stored }: ReleasedState, { client, names }: DynamoState): Promise<void> {
  for (const { table, item } of stored) {
    await client.send(new PutItemCommand({ TableName: names[table], Item: item }))
  }
}

/** Hands what the items say to the stores, of which only the dynamodb ones know items. */
export async function intoStores({ stored }: ReleasedState, stores: StateStores): Promise<void> {
  for (const item of stored.map(unmarshalled)) {
    const is = (kind: unknown) => kindOf(item) === kind
    if (is(laneItem)) await stores.lanes.createLane(laneItem.decode(item))
    if (is(cycleItem)) await stores.lanes.sealCycle(cycleItem.decode(item))
    if (is(decisionItem)) await stores.decisions.putDecision(decisionItem.decode(item))
    if (is(executionItem)) await stores.executions.createExecution(executionItem.decode(item))
    if (is(rowItem)) await stores.signals.append(rowItem.decode(item).signal)
    if (is(orderPointerItem)) {
      const { accountLabel, alpacaOrderId, clientOrderId } = orderPointerItem.decode(item)
      await stores.executions.putPointer(accountLabel, alpacaOrderId, clientOrderId)
    }
  }
}
