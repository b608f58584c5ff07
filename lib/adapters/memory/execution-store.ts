/** Executions and order pointers in memory, with the revision rule of the stored ones. */
import { isDeepStrictEqual } from 'node:util'
import { compare } from '../../domain/compare.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import { StateError } from '../../domain/errors.ts'
import { type Execution, isOpenWork } from '../../domain/execution.ts'
import type { AlpacaOrderId, ClientOrderId } from '../../domain/ids.ts'
import type { ClaimOutcome, ExecutionStore, UpdateOutcome } from '../../ports/execution-store.ts'

export class MemoryExecutionStore implements ExecutionStore {
  readonly #executions = new Map<string, Execution>()
  /** By account and key: what each tick asks for, however many executions there ever were. */
  readonly #open = new Map<AccountLabel, Map<string, Execution>>()
  readonly #pointers = new Map<string, ClientOrderId>()

  async createExecution(execution: Execution): Promise<ClaimOutcome> {
    const key = keyOf(execution.accountLabel, execution.clientOrderId)
    const stored = this.#executions.get(key)
    if (stored !== undefined && !isDeepStrictEqual(stored, execution)) {
      return { kind: 'exists', execution: stored }
    }
    this.#put(key, execution)
    return { kind: 'claimed' }
  }

  async readExecution(account: AccountLabel, id: ClientOrderId): Promise<Execution | null> {
    return this.#executions.get(keyOf(account, id)) ?? null
  }

  async updateExecution(execution: Execution): Promise<UpdateOutcome> {
    const key = keyOf(execution.accountLabel, execution.clientOrderId)
    const stored = this.#executions.get(key) ?? null
    if (stored?.revision === execution.revision - 1) {
      this.#put(key, execution)
      return { kind: 'updated' }
    }
    const ours = stored !== null && isDeepStrictEqual(stored, execution)
    return ours ? { kind: 'updated' } : { kind: 'conflict', current: stored }
  }

  async putPointer(account: AccountLabel, order: AlpacaOrderId, execution: ClientOrderId): Promise<void> {
    const key = keyOf(account, order)
    const stored = this.#pointers.get(key) ?? execution
    if (stored !== execution) {
      throw new StateError(`order ${order} of account ${account} belongs to ${stored}, not ${execution}`)
    }
    this.#pointers.set(key, execution)
  }

  async readPointer(account: AccountLabel, order: AlpacaOrderId): Promise<ClientOrderId | null> {
    return this.#pointers.get(keyOf(account, order)) ?? null
  }

  async listOpen(account: AccountLabel): Promise<readonly Execution[]> {
    return sorted(this.#open.get(account)?.values() ?? [])
  }

  async *listExecutions(account: AccountLabel): AsyncIterable<Execution> {
    yield* sorted([...this.#executions.values()].filter((execution) => execution.accountLabel === account))
  }

  #put(key: string, execution: Execution): void {
    this.#executions.set(key, execution)
    const open = this.#open.get(execution.accountLabel) ?? new Map<string, Execution>()
    if (isOpenWork(execution)) open.set(key, execution)
    else open.delete(key)
    this.#open.set(execution.accountLabel, open)
  }
}

function sorted(executions: Iterable<Execution>): Execution[] {
  return [...executions].sort((left, right) => compare(left.clientOrderId, right.clientOrderId))
}

function keyOf(account: AccountLabel, id: string): string {
  return JSON.stringify([account, id])
}
