/** What a write to a table may do, given all that the checker has seen so far. */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import { type Finding, judgeMove, judgeNewExecution } from './execution-rules.ts'
import { executionWorld } from './execution-world.ts'
import { judgeLaneMove, judgeNewLane } from './lane-rules.ts'
import type { Evidence } from './observed.ts'
import type { ForwarderRules } from './forwarder-rules.ts'
import { judgeAccount, judgeDecision, judgeSize, judgeWrittenOnce } from './item-rules.ts'
import type { PastRules } from './past-rules.ts'
import { judgeKept, judgeSeal } from './plan-rules.ts'
import { judgeShapes } from './shape-rules.ts'
import { judgeLag } from './signal-tick-rules.ts'
import { sourceOf } from './scenario.ts'
import { RETENTION_DAYS } from './stage-names.ts'
import { cycleOf, executionOf, laneOf, text } from './stored.ts'

const RETENTION_MS = RETENTION_DAYS * 86_400_000

interface Judgement {
  readonly findings: readonly Finding[]
  readonly subject: string
}

export interface Write {
  readonly table: string
  readonly kind: string
  readonly before: Attributes | null
  readonly after: Attributes
}

export interface WriteWorld extends Evidence {
  readonly past: PastRules
  readonly forwarders: ForwarderRules
  /** Since when nothing fails any more. */
  readonly calmSince: number | null
  /** Whether an operator lets the account's lane go on. */
  isResumed(account: string): boolean
}

/** The views of the log and of the past learn of it here, that of the state afterwards. */
export function judgeWrite(
  { table, kind, before, after }: Write,
  world: WriteWorld,
  tell: (findings: readonly Finding[], subject: string) => void,
): void {
  const { kernel, view, log, owed, past, forwarders, scenario, bars } = world
  const [pk, sk] = [text(after, 'pk'), text(after, 'sk')]
  const told = ({ findings, subject }: Judgement): void => tell(findings, subject)
  tell(judgeWrittenOnce(kind, before, after), sk || pk)
  tell(judgeAccount(after), sk)
  tell(judgeSize(after), sk || pk)
  if (table === 'signals') {
    const inLog = log.wrote(kind, after, kernel.now)
    if (kind === 'signals') past.wrote(after)
    const ofBars = bars !== null && kind === 'signals' && text(after, 'source') === bars.source
    const sent = ofBars ? bars.wroteRow(after, kernel.now) : owed.judgeRow(kind, after)
    if (kind === 'fold' && bars !== null) tell(bars.wroteFold(before, after), pk)
    return tell([...sent, ...inLog], pk)
  }
  if (pk === 'forwarders' || pk === 'streamers') tell(forwarders.wroteLease(before, after, kernel.now), sk)
  if (kind === 'executions') told(judgeExecutionWrite(before, after, world))
  if (kind === 'trade_decisions' && before === null) {
    const findings = [...judgeDecision(after, world), ...past.judge(after, scenario)]
    tell(findings, text(after, 'alpaca_account_label'))
  }
  if (kind === 'cycle' && before === null) tell([...judgeSeal(after, view), ...judgeShapes(after)], sk)
  if (kind === 'trade_cursor') told(judgeLaneWrite(before, after, world))
}

function judgeExecutionWrite(before: Attributes | null, after: Attributes, evidence: Evidence): Judgement {
  const next = executionOf(after)
  const subject = `${next.account} ${next.clientOrderId}`
  const world = executionWorld(next, evidence)
  if (before !== null) return { findings: judgeMove(executionOf(before), next, world), subject }
  const decision = evidence.view.decision(next.account, next.decisionId)
  const findings = [...judgeNewExecution(next, world)]
  if (decision === null) findings.push(['decision-first', 'an execution without a decision'])
  else if (!decision.accepted) findings.push(['decision-first', 'an execution of a denied decision'])
  else if (decision.order !== `${next.clientOrderId} ${next.symbol} ${next.side} ${next.quantity}`) {
    findings.push(['decision-first', 'an execution that differs from its decision'])
  }
  return { findings, subject }
}

function judgeLaneWrite(before: Attributes | null, after: Attributes, evidence: WriteWorld): Judgement {
  const next = laneOf(after)
  if (before === null) return { findings: judgeNewLane(next), subject: next.account }
  const { view, log, exchange } = evidence
  const last = laneOf(before)
  const record = view.cycle(last.account, last.version)
  const world = {
    cycle: record === null ? null : cycleOf(record),
    logEnd: log.end(sourceOf(evidence.scenario)),
    unexecuted: record === null ? [] : view.unexecuted(last.account, record),
    // the record of an interrupted cycle is forgotten with its retention; reconcile settles what it had begun
    unsettled: isAfterRetention(evidence) ? [] : view.unsettled(last.account),
    resumed: evidence.isResumed(next.account),
    meetsForeign: exchange.foreign.has(next.account),
  }
  const findings = [...judgeLaneMove(last, next, world)]
  findings.push(...judgeLag(last.cursor, next.cursor, evidence.calmSince, evidence))
  if (record !== null && next.version > last.version) findings.push(...judgeKept(record, after, view))
  return { findings, subject: `lane ${next.account} version ${last.version}` }
}

function isAfterRetention(evidence: Evidence): boolean {
  const { scenario, kernel } = evidence
  const [first] = evidence.invocations()
  return scenario.retentionAtTick !== null && kernel.now - (first?.startedAt ?? kernel.now) > RETENTION_MS
}
