/**
 * An account whose broker answers look-ups from `orders` and lists from `sent`; nothing else may be asked of it, and
 * nothing can be sent. Each claim is alive: what is unsettled is looked up, and left alone when nothing is found.
 */
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import type { BrokerTarget } from '../../lib/domain/account.ts'
import { BrokerUnavailableError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import type { ClientOrderId } from '../../lib/domain/ids.ts'
import { formatDecimal, ZERO } from '../../lib/domain/decimal.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import type { EpochMs } from '../../lib/domain/time.ts'
import type { OrderFirewall } from '../../lib/orders/firewall.ts'
import { reconcileAccount, type ReconcileSummary } from '../../lib/orders/reconcile.ts'
import type { ResolveDeps } from '../../lib/orders/resolve-order.ts'
import type { Broker, BrokerOrder, OrderLookup, SentOrder } from '../../lib/ports/broker.ts'
import type { DecisionStore } from '../../lib/ports/decision-store.ts'
import type { ExecutionStore } from '../../lib/ports/execution-store.ts'
import type { OrderEventStore } from '../../lib/ports/order-event-store.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import type { UnmatchedOrderStore } from '../../lib/ports/unmatched-order-store.ts'
import { HandClock } from './hand-clock.ts'
import { at, aTradeUpdate } from './order-fixtures.ts'
import { ALPHA, anExecution, TARGET } from './state-samples.ts'
import { CountingTelemetry } from './telemetry.ts'

const PLENTY = 50

const refuse = async (): Promise<never> => {
  throw new Error('reconcile must not ask for this')
}
const REFUSED = {
  snapshot: refuse,
  openOrders: refuse,
  finalOrders: refuse,
  cancel: refuse,
  cancelAll: refuse,
}

interface GivenStores extends Pick<
  StateStores,
  'executions' | 'orderEvents' | 'unmatchedOrders' | 'decisions'
> {
  readonly account: AccountLabel
}

export class ReconciledAccount {
  readonly account: AccountLabel
  readonly executions: ExecutionStore
  readonly orders = new Map<ClientOrderId, BrokerOrder>()
  readonly lookedUp: ClientOrderId[] = []
  readonly telemetry = new CountingTelemetry()
  readonly clock = new HandClock(at(60))
  /** Of look-ups, and of lists. */
  outage: string | null = null
  listOutage: string | null = null
  #lookedAtLast: ClientOrderId | null = null
  #sweptTo: EpochMs | null = null
  readonly events: OrderEventStore
  readonly unmatched: UnmatchedOrderStore
  readonly decisions: DecisionStore
  /** What the broker lists, oldest first. */
  readonly sent: SentOrder[] = []
  /** What each list was asked from. */
  readonly listed: EpochMs[] = []
  page = 500

  /** Stores in memory, unless others are given. */
  constructor({ account = ALPHA, ...given }: Partial<GivenStores> = {}) {
    const stores = { ...memoryStores(this.clock), ...given }
    this.account = account
    this.executions = stores.executions
    this.events = stores.orderEvents
    this.unmatched = stores.unmatchedOrders
    this.decisions = stores.decisions
  }

  async holds(...executions: readonly Execution[]): Promise<void> {
    for (const execution of executions) await this.executions.createExecution(execution)
  }

  execution(id = anExecution().clientOrderId): Promise<Execution | null> {
    return this.executions.readExecution(this.account, id)
  }

  /** Goes on where the last pass stopped; each look-up is one request. */
  async reconcile(maxRequests = PLENTY): Promise<ReconcileSummary> {
    const begun = this.lookedUp.length
    const summary = await reconcileAccount(this.account, this.#broker(TARGET), this.#deps(), {
      resumeAfter: this.#lookedAtLast,
      sweptTo: this.#sweptTo,
      hasRoomFor: (requests) => this.lookedUp.length - begun + requests <= maxRequests,
    })
    this.#lookedAtLast = summary.lookedAtLast ?? this.#lookedAtLast
    this.#sweptTo = summary.sweptTo
    return summary
  }

  /** An update of the feed comes, and is taken as the order feed takes it. */
  async hears(update: Omit<Partial<OrderEvent>, 'eventTs'>): Promise<void> {
    const { accountLabel, alpacaOrderId, clientOrderId, ...rest } = aTradeUpdate({
      eventType: 'fill',
      status: 'filled',
      eventTs: at(9),
      filled: '10',
      price: '101.5',
      ...update,
    })
    const order = {
      ...(alpacaOrderId === null ? {} : { id: alpacaOrderId }),
      ...(clientOrderId === null ? {} : { client_order_id: clientOrderId }),
      symbol: rest.symbol,
      side: rest.side,
      qty: '10',
      status: rest.status,
      filled_qty: formatDecimal(rest.filledQuantity ?? ZERO),
      filled_avg_price: '101.5',
    }
    const timestamp = new Date(at(9)).toISOString()
    const value = JSON.stringify({ account_label: accountLabel, event: rest.eventType, timestamp, order })
    await applyTradeUpdate(
      { topic: 'torghut.trade-updates.v2', value, defaultAccountLabel: null },
      {
        executions: this.executions,
        events: this.events,
        unmatched: this.unmatched,
        clock: this.clock,
        telemetry: this.telemetry,
        knowsAccount: async () => true,
      },
    )
  }

  #broker(target: BrokerTarget): Broker {
    return {
      ...REFUSED,
      target,
      findByClientOrderId: (id) => this.#lookUp(id),
      ordersSentAfter: async (moment) => {
        this.listed.push(moment)
        if (this.listOutage !== null) throw new BrokerUnavailableError(this.listOutage)
        const later = this.sent.filter(({ sentAt }) => sentAt > moment)
        return { orders: later.slice(0, this.page), isAll: later.length <= this.page }
      },
    }
  }

  async #lookUp(id: ClientOrderId): Promise<OrderLookup> {
    this.lookedUp.push(id)
    if (this.outage !== null) return { kind: 'unavailable', reason: this.outage }
    const order = this.orders.get(id)
    return order === undefined ? { kind: 'not_found' } : { kind: 'found', order }
  }

  #deps(): ResolveDeps {
    const forbidden = (): never => {
      throw new Error('reconcile must not ask for this')
    }
    return {
      executions: this.executions,
      events: this.events,
      clock: this.clock,
      telemetry: this.telemetry,
      brokerAt: async (target) => this.#broker(target),
      withheld: null,
      claims: { isDead: () => false, create: forbidden },
      unmatched: this.unmatched,
      decisions: this.decisions,
      firewall: { ask: refuse, post: refuse } as unknown as OrderFirewall,
    }
  }
}
