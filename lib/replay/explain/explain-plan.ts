/**
 * Listens to a plan while it is made and keeps, for each decision, what it was made by. Changes nothing: the plan is the one that
 * nobody listens to (docs/architecture.md#equal-plans).
 */
import { asDecimal, formatDecimal, mul } from '../../domain/decimal.ts'
import { neg } from '../../domain/decimal-functions.ts'
import type { DecisionId } from '../../domain/ids.ts'
import type { RawIntent } from '../../domain/intent.ts'
import type { LoggedSignal } from '../../domain/signal.ts'
import { accountStrategies } from '../../plan/account-strategies.ts'
import type { CycleInputs, PlanListener } from '../../plan/plan-cycle.ts'
import type { Deciding } from '../../plan/plan-decisions.ts'
import type { SignalIntents } from '../../plan/plan-intents.ts'
import { type ProjectedAccount, viewOf } from '../../plan/projection.ts'
import { reportChecks } from '../../plan/risk/report-checks.ts'
import { judgedPrice } from '../../domain/limit-price.ts'
import { budgetBounds, budgetOf, stepOf } from '../../plan/sizing.ts'
import { rank } from '../../strategy/aggregator.ts'
import type { CompiledStrategy } from '../../strategy/compile.ts'
import type { FeatureVector } from '../../strategy/plugin.ts'
import type {
  AccountExplanation,
  MergeExplanation,
  PlannedExplanation,
  SizingExplanation,
  StrategyAnswer,
} from './explanation.ts'

/** @param keep gets each decision's explanation as the plan comes to it */
export function explainingListener(
  inputs: CycleInputs,
  keep: (id: DecisionId, explained: PlannedExplanation) => void,
): PlanListener {
  const { compiled } = accountStrategies(inputs.strategies, inputs.account)
  let present: { readonly intents: SignalIntents; readonly logged: LoggedSignal } | null = null
  return {
    evaluated: (intents, logged) => {
      present = { intents, logged }
    },
    deciding: ({ proposed, inputs: sized, sizing, context }) => {
      if (present === null) return
      const { intents, logged } = present
      const { timeframe, symbol } = logged.signal
      const wanted = intents.wanted.find(({ origin }) => origin === proposed.origin)
      keep(proposed.decisionId, {
        features: featureTexts(intents.features),
        normalizationError: intents.normalizationError,
        strategies: compiled.asked(timeframe, symbol).map((one) => answerOf(one, intents)),
        merge: wanted === undefined || wanted.raw.length < 2 ? null : mergeOf(wanted.raw, proposed),
        account: accountOf(context.projection, symbol),
        sizing: sizingOf(sized, sizing),
        checks: reportChecks(proposed, sizing, context),
      })
    },
  }
}

function featureTexts({ values, custom }: FeatureVector): Record<string, string> {
  const all = Object.entries({ ...values, ...custom })
  return Object.fromEntries(
    all.flatMap(([name, value]) =>
      value === null ? [] : [[name, typeof value === 'string' ? value : formatDecimal(value)]],
    ),
  )
}

function answerOf(
  { id, definition, pluginId, pluginVersion, needsPriceAlone }: CompiledStrategy,
  { raw, errors, normalizationError }: SignalIntents,
): StrategyAnswer {
  const intent = raw.find(({ strategyId }) => strategyId === id)
  const failed = errors.find(({ strategyId }) => strategyId === id)
  const unusable = normalizationError !== null && !needsPriceAlone
  const isOwn = intent?.pluginId === pluginId && intent.pluginVersion === pluginVersion
  const could = failed === undefined && !unusable
  return {
    strategy: id,
    plugin: `${definition.strategyType}@${definition.version}`,
    answer:
      intent === undefined
        ? failed !== undefined
          ? 'error'
          : unusable
            ? 'unusable'
            : 'nothing'
        : isOwn && could
          ? 'intent'
          : 'fallback',
    side: intent?.direction ?? null,
    confidence: intent?.confidence ?? null,
    targetNotional: intent?.targetNotional ?? null,
    closes: intent?.closes === true,
    reasons: intent?.explain ?? [],
    error: failed === undefined ? null : `${failed.reason}: ${failed.detail}`,
  }
}

function mergeOf(raw: readonly RawIntent[], proposed: Deciding['proposed']): MergeExplanation {
  const { side, confidence, targetNotional } = proposed
  const intents = rank(raw).map((intent, index) => {
    const weight = mul(intent.confidence, intent.targetNotional)
    return {
      rank: index + 1,
      strategy: intent.strategyId,
      side: intent.direction,
      confidence: intent.confidence,
      targetNotional: intent.targetNotional,
      weight: intent.direction === 'buy' ? weight : neg(weight),
      won: intent.direction === side,
    }
  })
  return {
    intents,
    net: asDecimal(intents.reduce((sum, { weight }) => sum + weight, 0n)),
    conflict: intents.some(({ won }) => !won),
    side,
    confidence,
    targetNotional,
  }
}

function accountOf(projection: ProjectedAccount, symbol: string): AccountExplanation {
  const { account, position } = viewOf(projection, symbol)
  const { quantity: held, averageEntryPrice, openBuys, openSells } = position
  return { ...account, held, averageEntryPrice, openBuys, openSells }
}

function sizingOf(
  inputs: Deciding['inputs'],
  { quantity, limitPrice, denied }: Deciding['sizing'],
): SizingExplanation {
  const { symbol, closable, closes } = inputs
  const budget = closes ? null : budgetOf(inputs)
  const bounds = closes ? [] : budgetBounds(inputs)
  return {
    bounds: bounds.map(([bound, amount]) => ({ bound, amount, binds: amount === budget })),
    budget,
    price: judgedPrice(inputs),
    limitPrice,
    closable,
    step: stepOf(symbol),
    quantity,
    denied,
  }
}
