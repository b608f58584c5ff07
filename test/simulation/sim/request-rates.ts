/** How many requests each account sends to the broker: at most 60 an invocation and 180 a minute. */
import type { Finding } from './execution-rules.ts'
import { isLeased } from './forwarder-rules.ts'
import type { Invocation } from './host.ts'

const PER_INVOCATION = 60
const PER_MINUTE = 180

export class RequestRates {
  readonly #times = new Map<string, number[]>()
  readonly #lookedUp = new Map<string, number>()
  readonly #byInvocation = new Map<Invocation, number>()

  /** Whether somebody has asked for an order since then. */
  lookedUp(clientOrderId: string, since: number): boolean {
    return (this.#lookedUp.get(clientOrderId) ?? -Infinity) >= since
  }

  lookUp(url: URL, now: number): void {
    // most requests have no query, and reading one costs as much as sending
    const id = url.search === '' ? null : url.searchParams.get('client_order_id')
    if (id !== null) this.#lookedUp.set(id, now)
  }

  began(account: string, invocation: Invocation, now: number): readonly Finding[] {
    const mine = (this.#byInvocation.get(invocation) ?? 0) + 1
    this.#byInvocation.set(invocation, mine)
    const times = this.#times.get(account) ?? []
    while ((times[0] ?? Infinity) <= now - 60_000) times.shift()
    times.push(now)
    this.#times.set(account, times)
    const found: Finding[] = []
    // forwarders run for ever
    if (mine > PER_INVOCATION && !isLeased(invocation))
      found.push(['request-budget', `${mine} requests of one invocation`])
    if (times.length > PER_MINUTE) found.push(['request-budget', `${times.length} requests within a minute`])
    return found
  }
}
