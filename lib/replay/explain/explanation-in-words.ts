/** An explanation as people read it, on a terminal and in the report: sections of short rows. */
import { type Decimal, ZERO, formatDecimal } from '../../domain/decimal.ts'
import { formatInstant } from '../../domain/time.ts'
import type {
  Explanation,
  MergeExplanation,
  OrderExplanation,
  PlannedExplanation,
  StrategyAnswer,
} from './explanation.ts'
import { accountRows, sizeRows } from './size-in-words.ts'

export interface Section {
  readonly title: string
  readonly rows: readonly (readonly string[])[]
}

export function explanationInWords(explained: Explanation): Section[] {
  const { planned, unplanned, difference, order } = explained
  return [
    { title: 'Decision', rows: decisionRows(explained) },
    ...(planned === null ? [] : plannedSections(planned)),
    ...(unplanned === null ? [] : [{ title: 'Not planned again', rows: [[unplanned]] }]),
    ...(difference === null
      ? []
      : [{ title: 'Other than sealed', rows: [[`the code at hand decides otherwise: ${difference}`]] }]),
    { title: 'Order', rows: order === null ? [['none was sent']] : orderRows(order, planned) },
  ]
}

function decisionRows(explained: Explanation): string[][] {
  const { side, quantity, symbol, horizon, price, denied, figures, reasons } = explained
  const at = price === null ? '' : ` at ${formatDecimal(price)}`
  return [
    ['decided', `${side} ${formatDecimal(quantity)} ${symbol}${at} (${horizon})`],
    ['outcome', denied === null ? 'accepted' : `denied: ${denied}${figures === null ? '' : `: ${figures}`}`],
    ['reasons', reasons.join(', ')],
    ['signal', `${formatInstant(explained.eventTs)}, position ${explained.position}`],
    ['tick', `${formatInstant(explained.tickAt)}, cycle ${explained.cycle} of ${explained.account}`],
    ['id', explained.decisionId],
  ]
}

function plannedSections(planned: PlannedExplanation): Section[] {
  const { features, normalizationError, strategies, merge, account, sizing, checks } = planned
  const unusable = normalizationError === null ? [] : [['not usable', normalizationError]]
  return [
    { title: 'Features', rows: [...Object.entries(features), ...unusable] },
    { title: 'Strategies', rows: strategies.map(answerRow) },
    ...(merge === null ? [] : [{ title: 'Merged', rows: mergeRows(merge) }]),
    { title: 'Account', rows: accountRows(account) },
    { title: 'Size', rows: sizeRows(sizing) },
    {
      title: 'Checks, by the denial that each could give',
      rows: checks.map(({ reason, verdict, figures }) => [
        reason,
        verdict.replaceAll('_', ' '),
        figures ?? '',
      ]),
    },
  ]
}

function answerRow(answer: StrategyAnswer): string[] {
  const { strategy, plugin, answer: kind, side, confidence, targetNotional, closes, reasons, error } = answer
  const wanted =
    side === null
      ? ''
      : closes
        ? `close (${side})`
        : `${side} for ${amount(targetNotional)}, confidence ${amount(confidence)}`
  const said = kind === 'intent' ? wanted : kind === 'fallback' ? `legacy rule: ${wanted}` : kind
  return [strategy, plugin, said, error ?? reasons.join(', ')]
}

function mergeRows({
  intents,
  net,
  conflict,
  side,
  confidence,
  targetNotional,
}: MergeExplanation): string[][] {
  const rows = intents.map((one) => [
    `${one.rank}. ${one.strategy}`,
    one.side,
    `${formatDecimal(one.confidence)} x ${formatDecimal(one.targetNotional)} = ${formatDecimal(one.weight)}`,
    one.won ? '' : 'outvoted',
  ])
  const answer = `${side}: confidence ${formatDecimal(confidence)} (mean), notional ${formatDecimal(targetNotional)} (sum)`
  return [
    ...rows,
    ['net', formatDecimal(net), conflict ? 'both sides wanted; its sign decides' : 'one side', ''],
    ['answer', answer, '', ''],
  ]
}

function orderRows(order: OrderExplanation, planned: PlannedExplanation | null): string[][] {
  const { denied, killSwitchVersion, killSwitchAgeSeconds, rejection, note, averageFillPrice } = order
  const age = killSwitchAgeSeconds === null ? '' : `, read ${killSwitchAgeSeconds.toFixed(3)} s before`
  const permitted =
    killSwitchVersion === null
      ? []
      : [['firewall', `permitted; kill switch off, version ${killSwitchVersion}${age}`]]
  const fills =
    averageFillPrice === null
      ? []
      : [['filled', `${formatDecimal(order.filledQuantity)} at ${formatDecimal(averageFillPrice)}`]]
  const limit = planned?.sizing.limitPrice ?? null
  const unfilled =
    order.state === 'canceled' && order.filledQuantity === ZERO && limit !== null
      ? [
          [
            'not filled',
            `nothing was to be had within its limit of ${formatDecimal(limit)}, and nothing rests`,
          ],
        ]
      : []
  return [
    ['state', `${order.state}, ${formatInstant(order.updatedAt)}`],
    ...(denied === null ? permitted : [['firewall', `denied: ${denied}`]]),
    ['client order id', order.clientOrderId],
    ...(order.alpacaOrderId === null ? [] : [['broker', `order ${order.alpacaOrderId}`]]),
    ...(rejection === null ? [] : [['rejected', rejection]]),
    ...(note === null ? [] : [['note', note]]),
    ...fills,
    ...unfilled,
  ]
}

function amount(value: Decimal | null): string {
  return value === null ? '-' : formatDecimal(value)
}
