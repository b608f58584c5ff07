/**
 * What a check compared, for people (docs/architecture.md#decisions-and-risk): a denial's is stored beside the reason, part of
 * no digest.
 */
import { type Decimal, ZERO, asDecimal, decimal, formatDecimal, max, round } from '../../domain/decimal.ts'
import type { DeniedReason } from '../../domain/denied-reason.ts'
import { judgedPrice } from '../../domain/limit-price.ts'
import type { Comparison, ProposedDecision, RiskContext } from './context.ts'
import { buyingPowerCompared } from './insufficient-buying-power.ts'
import { notionalCompared } from './max-notional-exceeded.ts'
import { positionCompared } from './max-position-pct-exceeded.ts'

/** Two amounts that are compared, or words; null where nothing is compared. */
type Figures = (
  decision: ProposedDecision,
  context: RiskContext,
) => readonly [found: string, allowed: string] | string | null

const FIGURES: Readonly<Partial<Record<DeniedReason, Figures>>> = {
  max_notional_exceeded: amountsOf(notionalCompared),
  insufficient_buying_power: amountsOf(buyingPowerCompared),
  max_position_pct_exceeded: amountsOf(positionCompared),
  signal_too_old: ({ eventTs }, { at, settings }) => [
    `${(at - eventTs) / 1000} s`,
    `${settings.signalMaxAgeSeconds} s`,
  ],
  cooldown_active: ({ symbol }, { at, settings, cooldowns }) => {
    const last = cooldowns.get(symbol)
    return last === undefined ? null : [`${(at - last) / 1000} s`, `${settings.cooldownSeconds} s`]
  },
  max_orders_exceeded: (_decision, { settings, projection }) => [
    String(projection.acceptedOrders + 1),
    String(settings.maxOrdersPerCycle),
  ],
  daily_loss_exceeded: (_decision, { settings, projection: { equity, lastEquity } }) =>
    settings.maxDailyLossPct === null
      ? null
      : `${amount(max(ZERO, asDecimal(lastEquity - equity)))} of ${amount(lastEquity)} lost`,
  qty_below_min: (decision) => {
    const price = judgedPrice(decision)
    return price === null ? null : `target ${amount(decision.targetNotional)}, price ${amount(price)}`
  },
}

/** `1,020 > 1,000`; null where the reason compares nothing. */
export function denialFigures(
  reason: DeniedReason,
  decision: ProposedDecision,
  context: RiskContext,
): string | null {
  return inWords(FIGURES[reason]?.(decision, context), reason === 'cooldown_active' ? '<' : '>')
}

/** `1,000 <= 1,020`: the same of a check that has nothing against the decision. */
export function passedFigures(
  reason: DeniedReason,
  decision: ProposedDecision,
  context: RiskContext,
): string | null {
  return inWords(FIGURES[reason]?.(decision, context), reason === 'cooldown_active' ? '>=' : '<=')
}

function inWords(figures: ReturnType<Figures> | undefined, relation: string): string | null {
  return typeof figures === 'object' && figures !== null ? figures.join(` ${relation} `) : (figures ?? null)
}

function amountsOf(compare: Comparison): Figures {
  return (decision, context) => {
    const compared = compare(decision, context)
    return compared === null ? null : [amount(compared.found), amount(compared.allowed)]
  }
}

/** With separators of thousands, and cents where there are any; what is below a cent as it is. */
function amount(value: Decimal): string {
  const small = value > decimal('-0.01') && value < decimal('0.01')
  const [whole = '', fraction = ''] = formatDecimal(small ? value : round(value, 2)).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === '' ? grouped : `${grouped}.${small ? fraction : fraction.padEnd(2, '0')}`
}
