/** What must be so at the moment when a submission starts. */
import type { Finding } from './execution-rules.ts'
import { FLAGS_PATH } from './stage-names.ts'
import type { Invocation } from './host.ts'
import { onSince, valueSince } from './switches.ts'
import type { Evidence } from './observed.ts'
import type { StoredClaim } from './stored.ts'

const KILL_SWITCH_MAX_AGE_MS = 5000
const HALT_MAX_AGE_MS = 5000
const SIGNAL_MAX_AGE_MS = 300_000

interface PostBody {
  readonly client_order_id: string
  readonly symbol: string
  readonly side: string
  readonly qty: string
  readonly time_in_force: string
  readonly type: string
  readonly limit_price?: string
}

export interface PostJudgement {
  readonly findings: readonly Finding[]
  /** That it was sent under. */
  readonly claim: StoredClaim | null
}

/** `account`: whose key the request carries. */
export function judgePost(
  account: string,
  invocation: Invocation,
  json: string,
  world: Evidence,
): PostJudgement {
  const body = JSON.parse(json) as PostBody
  const { now } = world.kernel
  const { view } = world
  const findings: Finding[] = [...judgePermission(account, invocation, world)]
  const execution = view.execution(account, body.client_order_id)
  if (execution === null) {
    const owner = world.scenario.accounts.find(
      (other) => view.execution(other, body.client_order_id) !== null,
    )
    const why = owner === undefined ? 'no execution is stored' : `the order is ${owner}'s`
    const invariant = owner === undefined ? 'decision-first' : 'accounts-apart'
    return { findings: [...findings, [invariant, `${why}, the key ${account}'s`]], claim: null }
  }
  const decision = view.decision(account, execution.decisionId)
  const sent = `${body.client_order_id} ${body.symbol} ${body.side} ${Number(body.qty)}`
  if (decision === null) findings.push(['decision-first', 'no decision is stored'])
  else {
    if (decision.order !== sent || decision.timeInForce !== body.time_in_force) {
      findings.push(['decision-first', `sent ${sent}, decided ${decision.order}`])
    }
    const limit = body.type === 'market' ? null : Number(body.limit_price)
    if (decision.limitPrice !== limit) {
      findings.push(['decision-first', `sent with the limit ${limit}, decided ${decision.limitPrice}`])
    }
    if (world.closesAt !== null && now >= world.closesAt + world.scenario.skewMs) {
      findings.push(['order-firewall', 'the market is closed'])
    }
    if (decision.eventAt + SIGNAL_MAX_AGE_MS + world.scenario.skewMs < now) {
      findings.push(['order-firewall', 'the signal is too old'])
    }
  }
  const { claim } = execution
  if (execution.state !== 'submitting' || claim === null) {
    findings.push(['decision-first', `the execution is ${execution.state}`])
  } else {
    if (claim.dead) findings.push(['submitting', 'the claim is dead'])
    if (claim.diesAt + world.scenario.skewMs < now) findings.push(['submitting', 'the claim has run out'])
    if (world.postedTokens.has(claim.token)) findings.push(['submitting', 'sent twice under one claim'])
  }
  findings.push(...judgeHalt(account, invocation, world))
  return { findings, claim }
}

/** Nobody who begins after a halt sends, and who runs already learns of it as of the kill switch. */
function judgeHalt(account: string, { startedAt }: Invocation, world: Evidence): readonly Finding[] {
  const since = world.view.haltedSince(account)
  if (since === null) return []
  const after = world.kernel.now - since
  return startedAt >= since || after > HALT_MAX_AGE_MS
    ? [['settling', `the lane is halted since ${(after / 1000).toFixed(1)} s`]]
    : []
}

function judgePermission(account: string, invocation: Invocation, world: Evidence): readonly Finding[] {
  const { now } = world.kernel
  const findings: Finding[] = []
  if (invocation.killSwitchOn) findings.push(['kill-switch', 'its tick says that it is on'])
  const since = onSince(world.parameters, FLAGS_PATH, account)
  if (since !== null && now - since > KILL_SWITCH_MAX_AGE_MS) {
    findings.push(['kill-switch', `on since ${((now - since) / 1000).toFixed(1)} s`])
  }
  const readAt = invocation.readOffAt.get(account)
  if (readAt === undefined) findings.push(['kill-switch', 'this invocation has not read it as off'])
  else if (now - readAt > KILL_SWITCH_MAX_AGE_MS) {
    findings.push(['kill-switch', `read as off ${((now - readAt) / 1000).toFixed(1)} s ago`])
  }
  if (!invocation.admitted) findings.push(['order-firewall', 'the account is not admitted'])
  const enabled = valueSince(world.parameters, `${FLAGS_PATH}/TRADING_ENABLED`)
  if (enabled?.value !== 'true' && (enabled?.since ?? 0) < invocation.startedAt) {
    findings.push(['order-firewall', 'trading was switched off before the invocation began'])
  }
  return findings
}
