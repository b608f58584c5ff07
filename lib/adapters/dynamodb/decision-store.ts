/** Decisions on DynamoDB: put once, never changed. */
import { isDeepStrictEqual } from 'node:util'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Decision } from '../../domain/decision.ts'
import { StateError } from '../../domain/errors.ts'
import type { DecisionId } from '../../domain/ids.ts'
import type { DecisionStore, PutDecisionOutcome } from '../../ports/decision-store.ts'
import { NOT_STORED } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { DECISION_PREFIX, decisionItem, decisionKey } from './items/decision-item.ts'
import { accountPartition } from './items/shared.ts'

export class DynamoDecisionStore implements DecisionStore {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async putDecision(decision: Decision): Promise<PutDecisionOutcome> {
    if (await this.#table.put(decisionItem.encode(decision), NOT_STORED)) return { kind: 'stored' }
    const stored = await this.readDecision(decision.accountLabel, decision.decisionId)
    if (stored === null) throw new StateError(`decision ${decision.decisionId} vanished`)
    return isDeepStrictEqual(stored, decision) ? { kind: 'same' } : { kind: 'standing', decision: stored }
  }

  async readDecision(account: AccountLabel, id: DecisionId): Promise<Decision | null> {
    const item = await this.#table.get(decisionKey(account, id))
    return item === null ? null : decisionItem.decode(item)
  }

  async *listDecisions(account: AccountLabel): AsyncIterable<Decision> {
    const decisions: Decision[] = []
    const range = { pk: accountPartition(account), prefix: DECISION_PREFIX, consistent: true }
    for await (const item of this.#table.queryAll(range)) decisions.push(decisionItem.decode(item))
    // the query is in the order of the ids, and the sort is stable
    yield* decisions.sort((left, right) => left.position - right.position)
  }
}
