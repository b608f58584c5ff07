/** Decisions on DynamoDB: put once, never changed. */
import { isDeepStrictEqual } from 'node:util'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Decision } from '../../domain/decision.ts'
import { decisionIdStart, type ClientOrderId, type DecisionId } from '../../domain/ids.ts'
import type { DecisionStore, PutDecisionOutcome } from '../../ports/decision-store.ts'
import type { ItemTable } from './table/item-table.ts'
import { DECISION_PREFIX, decisionItem, decisionKey } from './items/decision-item.ts'
import { accountPartition } from './items/shared.ts'

export class DynamoDecisionStore implements DecisionStore {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async putDecision(decision: Decision): Promise<PutDecisionOutcome> {
    const stored = await this.#table.create(decisionItem, decision)
    if (stored === null) return { kind: 'stored' }
    return isDeepStrictEqual(stored, decision) ? { kind: 'same' } : { kind: 'standing', decision: stored }
  }

  readDecision(account: AccountLabel, id: DecisionId): Promise<Decision | null> {
    return this.#table.read(decisionItem, decisionKey(account, id))
  }

  /** A client order id holds the beginning of its decision's. */
  async findDecision(account: AccountLabel, order: ClientOrderId): Promise<Decision | null> {
    const prefix = DECISION_PREFIX + decisionIdStart(order)
    const { items } = await this.#table.query({
      pk: accountPartition(account),
      prefix,
      limit: 1,
      consistent: true,
    })
    const [decision] = items.map(decisionItem.decode)
    return decision?.clientOrderId === order ? decision : null
  }

  async *listDecisions(account: AccountLabel): AsyncIterable<Decision> {
    const decisions: Decision[] = []
    const range = { pk: accountPartition(account), prefix: DECISION_PREFIX, consistent: true }
    for await (const item of this.#table.queryAll(range)) decisions.push(decisionItem.decode(item))
    // the query is in the order of the ids, and the sort is stable
    yield* decisions.sort((left, right) => left.position - right.position)
  }
}
