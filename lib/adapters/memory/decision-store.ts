/** Decisions in memory: immutable once written. */
import { isDeepStrictEqual } from 'node:util'
import { compare } from '../../domain/compare.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Decision } from '../../domain/decision.ts'
import type { ClientOrderId, DecisionId } from '../../domain/ids.ts'
import type { DecisionStore, PutDecisionOutcome } from '../../ports/decision-store.ts'

export class MemoryDecisionStore implements DecisionStore {
  readonly #decisions = new Map<string, Decision>()

  async putDecision(decision: Decision): Promise<PutDecisionOutcome> {
    const key = decisionKey(decision.accountLabel, decision.decisionId)
    const stored = this.#decisions.get(key)
    if (stored !== undefined) {
      return isDeepStrictEqual(stored, decision) ? { kind: 'same' } : { kind: 'standing', decision: stored }
    }
    this.#decisions.set(key, decision)
    return { kind: 'stored' }
  }

  async readDecision(account: AccountLabel, id: DecisionId): Promise<Decision | null> {
    return this.#decisions.get(decisionKey(account, id)) ?? null
  }

  async findDecision(account: AccountLabel, order: ClientOrderId): Promise<Decision | null> {
    const all = [...this.#decisions.values()]
    return all.find((one) => one.accountLabel === account && one.clientOrderId === order) ?? null
  }

  async *listDecisions(account: AccountLabel): AsyncIterable<Decision> {
    yield* [...this.#decisions.values()]
      .filter((decision) => decision.accountLabel === account)
      .sort((left, right) => left.position - right.position || compare(left.decisionId, right.decisionId))
  }
}

function decisionKey(account: AccountLabel, id: DecisionId): string {
  return JSON.stringify([account, id])
}
