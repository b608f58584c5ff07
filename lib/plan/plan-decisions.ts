/**
 * From what strategies want to decisions: sized, checked over the projected account, accepted or denied
 * (docs/architecture.md#decisions-and-risk). Each accepted decision moves the account that the next one is
 * checked against.
 *
 * Invariant: a decision's identity holds no quantity, price or parameter.
 */
import { byKey } from '../domain/compare.ts'
import type { Decision, TimeInForce } from '../domain/decision.ts'
import { type Decimal, asDecimal } from '../domain/decimal.ts'
import { clientOrderId, decisionId } from '../domain/ids.ts'
import type { AggregatedIntent, RawIntent } from '../domain/intent.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import type { Cooldowns } from '../domain/lane.ts'
import type { EpochMs } from '../domain/time.ts'
import { isCrypto } from '../domain/symbol.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import type { AccountView } from '../strategy/account-view.ts'
import type { CycleInputs } from './cycle-inputs.ts'
import { judgedPrice, roundedLimit } from '../domain/limit-price.ts'
import {
  type ProjectedAccount,
  acceptOrder,
  closableOf,
  holdingOf,
  projectAccount,
  reserveUnsettledBuys,
  viewOf,
} from './projection.ts'
import type { ProposedDecision, RiskContext } from './risk/context.ts'
import { denialFigures } from './risk/denial-figures.ts'
import { evaluateRisk } from './risk/evaluate.ts'
import { type Sizing, type SizingInputs, sizeOrder } from './sizing.ts'
import { strategyCap } from './strategy-limits.ts'

/** An intent that is to become a decision. */
export interface WantedOrder {
  /** `aggregated`, or the id of the one strategy behind it. */
  readonly origin: string
  readonly intent: Omit<AggregatedIntent, 'featureSnapshotHashes'>
  /** The strategies' own intents that it was made of; at least those of its sources. */
  readonly raw: readonly RawIntent[]
}

/** What a decision is about to be made by; the context holds only until it is made. */
export interface Deciding {
  readonly proposed: ProposedDecision
  readonly inputs: SizingInputs
  readonly sizing: Sizing
  readonly context: RiskContext
}

const NO_COOLDOWNS: Cooldowns = Object.freeze({})

export class DecisionMaker {
  readonly #inputs: CycleInputs
  readonly #told: (deciding: Deciding) => void
  readonly #strategies: ReadonlyMap<string, StrategyDefinition>
  #cooldowns: Map<string, EpochMs> | null = null
  #projected: ProjectedAccount | null = null

  /**
   * @param strategies the enabled strategies that the account trades, by id
   * @param told of each decision, right before it is made; changes nothing
   */
  constructor(
    inputs: CycleInputs,
    strategies: ReadonlyMap<string, StrategyDefinition>,
    told: (deciding: Deciding) => void = () => {},
  ) {
    this.#inputs = inputs
    this.#told = told
    this.#strategies = strategies
  }

  /** Most plans decide nothing, and look at none of it. */
  get #projection(): ProjectedAccount {
    return (this.#projected ??= projectAccount(this.#inputs.snapshot, this.#inputs.unsettled))
  }

  get #cooling(): Map<string, EpochMs> {
    return (this.#cooldowns ??= activeCooldowns(this.#inputs))
  }

  /** What plugins see of the account, with the plan's decisions so far. */
  viewOf(symbol: string): AccountView {
    return viewOf(this.#projection, symbol)
  }

  /** Decides one wanted order. `price` is the signal's, null when it has none. */
  decide(wanted: WantedOrder, logged: LoggedSignal, price: Decimal | null): Decision {
    const { intent, origin } = wanted
    const { symbol, direction } = intent
    if (price !== null && price > 0n) {
      this.#projected = reserveUnsettledBuys(this.#projection, symbol, price)
    }
    const inputs: SizingInputs = {
      symbol,
      side: direction,
      price,
      limitPrice: intent.limitPrice === undefined ? null : roundedLimit(symbol, direction, intent.limitPrice),
      targetNotional: intent.targetNotional,
      sourceCaps: this.#sourceCaps(wanted),
      equity: this.#projection.equity,
      closable: closableOf(holdingOf(this.#projection, symbol), direction),
      closes: intent.closes === true,
      limits: this.#inputs.settings,
    }
    const sizing = sizeOrder(inputs)
    const proposed = this.#propose(intent, origin, logged, price, sizing)
    const context = this.#riskContext()
    this.#told({ proposed, inputs, sizing, context })
    const reason = evaluateRisk(proposed, sizing, context)
    if (reason !== null) {
      const figures = denialFigures(reason, proposed, context)
      return { ...proposed, outcome: { kind: 'denied', reason, figures } }
    }
    const judged = judgedPrice(proposed)
    if (judged !== null) {
      const order = { symbol, side: direction, quantity: sizing.quantity, price: judged }
      this.#projected = acceptOrder(this.#projection, order)
    }
    this.#cooling.set(symbol, this.#inputs.tickAt)
    return { ...proposed, outcome: { kind: 'accepted' } }
  }

  /** The cooldowns after the plan, by symbol; those that are over are gone. */
  cooldowns(): Cooldowns {
    return this.#cooling.size === 0 ? NO_COOLDOWNS : Object.fromEntries([...this.#cooling].sort(byKey))
  }

  /** A strategy without a cap of its own counts with what it asked for. */
  #sourceCaps({ intent, raw }: WantedOrder): Decimal {
    let sum = 0n
    for (const id of intent.sourceStrategyIds) {
      const strategy = this.#strategies.get(id)
      const cap = strategy === undefined ? null : strategyCap(strategy, this.#projection.equity)
      sum += cap ?? raw.find(({ strategyId }) => strategyId === id)?.targetNotional ?? 0n
    }
    return asDecimal(sum)
  }

  #riskContext(): RiskContext {
    const { settings, account, killSwitchOn, calendar, tickAt } = this.#inputs
    return {
      settings,
      account,
      killSwitchOn,
      calendar,
      at: tickAt,
      blockedByBroker: this.#projection.tradingBlocked,
      strategies: this.#strategies,
      projection: this.#projection,
      cooldowns: this.#cooling,
    }
  }

  #propose(
    intent: WantedOrder['intent'],
    origin: string,
    { position, signalId, signal }: LoggedSignal,
    price: Decimal | null,
    { quantity, limitPrice }: Sizing,
  ): ProposedDecision {
    const { account, tickAt } = this.#inputs
    const id = decisionId(account.label, signalId, intent.horizon, origin)
    return {
      decisionId: id,
      clientOrderId: clientOrderId(id),
      accountLabel: account.label,
      signalId,
      position,
      source: signal.source,
      eventTs: signal.eventTs,
      symbol: intent.symbol,
      horizon: intent.horizon,
      origin,
      side: intent.direction,
      quantity,
      price,
      timeInForce: timeInForceOf(intent.symbol, limitPrice),
      limitPrice,
      confidence: intent.confidence,
      targetNotional: intent.targetNotional,
      sourceStrategyIds: intent.sourceStrategyIds,
      explain: intent.explain,
      brokerTarget: account.target,
      tickAt,
    }
  }
}

/** A limit order rests nowhere; shares and coins differ in what a market order may be. */
function timeInForceOf(symbol: string, limitPrice: Decimal | null): TimeInForce {
  if (limitPrice !== null) return 'ioc'
  return isCrypto(symbol) ? 'gtc' : 'day'
}

/** The lane's cooldowns without those that are over at the tick. */
function activeCooldowns({ lane, settings, tickAt }: CycleInputs): Map<string, EpochMs> {
  const active = Object.entries(lane.cooldowns).filter(
    ([, acceptedAt]) => tickAt - acceptedAt < settings.cooldownSeconds * 1000,
  )
  return new Map(active)
}
