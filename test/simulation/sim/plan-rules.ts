/** What a sealed plan must hold, and what the commit of its cycle must keep of it; read from the raw attributes. */
import { isDeepStrictEqual } from 'node:util'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import type { StateView } from './state-view.ts'
import { number, text } from './stored.ts'

/** At the moment when it is sealed. */
export function judgeSeal(record: Attributes, view: StateView): readonly Finding[] {
  const account = text(record, 'alpaca_account_label')
  const found: Finding[] = []
  const { decisions, outcomes } = planOf(record)
  const decided = outcomes?.L?.reduce((sum, { M: outcome = {} }) => sum + decidedBy(text(outcome, 'code')), 0)
  // packed ones carry their count in clear
  const held = decisions?.L?.length ?? Number(decisions?.M?.['count']?.N ?? 0)
  if (decided !== undefined && decided !== held) {
    found.push(['item-size', `${decided} decisions were made, ${held} are sealed`])
  }
  const lane = view.lane(account)
  const known = record['inputs']?.M?.['unsettled']?.L?.map(({ M: one = {} }) => text(one, 'client_order_id'))
  if (known !== undefined && lane?.version === number(record, 'version')) {
    const unsettled = new Set(view.unsettled(account))
    const left = lane.unsettled.filter((id) => unsettled.has(id) && !known.includes(id))
    if (left.length > 0) found.push(['equal-plans', `planned without the unsettled ${left.join(', ')}`])
  }
  return found
}

/** At the moment when the lane moves on. */
export function judgeKept(record: Attributes, lane: Attributes, view: StateView): readonly Finding[] {
  const plan = planOf(record)
  const found: Finding[] = []
  for (const name of ['circuits', 'cooldowns'] as const) {
    if (!isDeepStrictEqual(plan[name], lane[name])) found.push(['equal-plans', `${name} are not the plan's`])
  }
  const missing = (plan.decisions?.L ?? []).filter(
    ({ M: details = {} }) => !view.isDecided(text(record, 'alpaca_account_label'), details),
  )
  if (missing.length > 0) found.push(['cursor-forward', `${missing.length} decisions are not stored`])
  return found
}

function planOf(record: Attributes): Readonly<Record<string, AttributeValue | undefined>> {
  return record['plan']?.M ?? {}
}

function decidedBy(code: string): number {
  return code.startsWith('decided:') ? Number(code.slice('decided:'.length)) : 0
}
