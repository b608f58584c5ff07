/**
 * Executions and order pointers on DynamoDB. Every change is conditional on the revision that was read.
 * Writes are one call, and one more after a failed condition.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AccountLabel } from '../../domain/account-label.ts'
import { StateError } from '../../domain/errors.ts'
import type { Execution } from '../../domain/execution.ts'
import type { AlpacaOrderId, ClientOrderId } from '../../domain/ids.ts'
import type { ClaimOutcome, ExecutionStore, UpdateOutcome } from '../../ports/execution-store.ts'
import { notStoredOrSame, revisionIs } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import {
  EXECUTION_PREFIX,
  executionItem,
  executionKey,
  orderPointerItem,
  orderPointerKey,
} from './items/execution-item.ts'
import { accountPartition } from './items/shared.ts'

export class DynamoExecutionStore implements ExecutionStore {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async createExecution(execution: Execution): Promise<ClaimOutcome> {
    const stored = await this.#table.create(executionItem, execution)
    // a claim's token is random, so equal contents are our own write
    return stored === null || isDeepStrictEqual(stored, execution)
      ? { kind: 'claimed' }
      : { kind: 'exists', execution: stored }
  }

  readExecution(account: AccountLabel, id: ClientOrderId): Promise<Execution | null> {
    return this.#table.read(executionItem, executionKey(account, id))
  }

  async updateExecution(execution: Execution): Promise<UpdateOutcome> {
    const item = executionItem.encode(execution)
    if (await this.#table.put(item, revisionIs(execution.revision - 1))) return { kind: 'updated' }
    const current = await this.readExecution(execution.accountLabel, execution.clientOrderId)
    return isDeepStrictEqual(current, execution) ? { kind: 'updated' } : { kind: 'conflict', current }
  }

  async putPointer(account: AccountLabel, order: AlpacaOrderId, execution: ClientOrderId): Promise<void> {
    const pointer = { accountLabel: account, alpacaOrderId: order, clientOrderId: execution }
    const condition = notStoredOrSame('client_order_id', execution)
    if (await this.#table.put(orderPointerItem.encode(pointer), condition)) return
    const stored = await this.readPointer(account, order)
    throw new StateError(`order ${order} of account ${account} belongs to ${stored}, not ${execution}`)
  }

  async readPointer(account: AccountLabel, order: AlpacaOrderId): Promise<ClientOrderId | null> {
    const item = await this.#table.get(orderPointerKey(account, order))
    return item === null ? null : orderPointerItem.decode(item).clientOrderId
  }

  async listOpen(account: AccountLabel): Promise<readonly Execution[]> {
    const open: Execution[] = []
    for await (const item of this.#table.queryOpen(accountPartition(account))) {
      open.push(executionItem.decode(item))
    }
    return open
  }

  async *listExecutions(account: AccountLabel): AsyncIterable<Execution> {
    const range = { pk: accountPartition(account), prefix: EXECUTION_PREFIX, consistent: true }
    for await (const item of this.#table.queryAll(range)) yield executionItem.decode(item)
  }
}
