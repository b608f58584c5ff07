/** Orders that no execution stands for, in memory. */
import { compare } from '../../domain/compare.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { UnmatchedOrder } from '../../domain/unmatched-order.ts'
import type { UnmatchedOrderStore } from '../../ports/unmatched-order-store.ts'

export class MemoryUnmatchedOrderStore implements UnmatchedOrderStore {
  readonly #orders = new Map<string, UnmatchedOrder>()

  async park(order: UnmatchedOrder): Promise<void> {
    const key = keyOf(order.accountLabel, order.orderKey)
    if (!this.#orders.has(key)) this.#orders.set(key, order)
  }

  async judge(order: UnmatchedOrder): Promise<boolean> {
    const key = keyOf(order.accountLabel, order.orderKey)
    if ((this.#orders.get(key) ?? { state: 'parked' }).state !== 'parked') return false
    this.#orders.set(key, order)
    return true
  }

  async readUnmatched(account: AccountLabel, orderKey: string): Promise<UnmatchedOrder | null> {
    return this.#orders.get(keyOf(account, orderKey)) ?? null
  }

  async listParked(account: AccountLabel): Promise<readonly UnmatchedOrder[]> {
    return [...this.#orders.values()]
      .filter(({ accountLabel, state }) => accountLabel === account && state === 'parked')
      .sort((left, right) => compare(left.orderKey, right.orderKey))
  }
}

function keyOf(account: AccountLabel, orderKey: string): string {
  return JSON.stringify([account, orderKey])
}
