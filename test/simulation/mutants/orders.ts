/** Mutants of submitting and settling. */
import type { Mutant } from './mutant.ts'

const SETTLE = 'lib/orders/settle.ts'
const EXECUTE = 'lib/orders/execute-decision.ts'
const SEND = 'lib/orders/send-claimed.ts'
const RECORD = 'lib/orders/record-change.ts'
const TRANSITIONS = 'lib/orders/execution/transitions.ts'
const ANSWERS = 'lib/orders/execution/answers.ts'
const CLAIMS = 'lib/orders/claims.ts'
const FIREWALL = 'lib/orders/firewall.ts'

/** What looks at single steps of the protocol. */
const STEP_TESTS = [
  'test/unit/execution-moves.test.ts',
  'test/scenario/lane.test.ts',
  'test/scenario/reconcile.test.ts',
  'test/simulation/lane.test.ts',
]

export const orderMutants: readonly Mutant[] = [
  {
    name: 'live-claims-are-taken-over',
    file: CLAIMS,
    search: 'claim === null || claim.dead || now > claim.diesAt + CLAIM_MARGIN_MS',
    replace: 'claim === null || claim.dead || now > claim.diesAt - 60_000',
    breaks: 'two holders send one order',
    invariant: 'one-order',
  },
  {
    name: 'claims-die-at-once-at-their-deadline',
    file: CLAIMS,
    search: 'now > claim.diesAt + CLAIM_MARGIN_MS',
    replace: 'now > claim.diesAt - 20_000',
    breaks: 'a request under way lands after the order was sent again',
    invariant: 'submitting',
  },
  {
    name: 'unsettled-ones-are-sent-without-a-look-up',
    file: SETTLE,
    search: "if (lookup.kind === 'found') return adoptOrder(deps, execution, lookup.order)",
    replace: "if (lookup.kind === 'found' && !claimIsDead) return adoptOrder(deps, execution, lookup.order)",
    breaks: 'what the broker holds is sent again',
    invariant: 'one-order',
  },
  {
    name: 'a-failed-look-up-counts-as-none-found',
    file: SETTLE,
    search: "if (lookup.kind === 'unavailable' || !claimIsDead)",
    replace: 'if (!claimIsDead)',
    breaks: 'an outage of the broker makes orders absent',
    invariant: 'broker-evidence',
    tests: STEP_TESTS,
  },
  {
    name: 'misses-count-under-live-claims',
    file: SETTLE,
    search: "if (lookup.kind === 'unavailable' || !claimIsDead) return asResult(execution)",
    replace:
      "if (lookup.kind === 'unavailable') return asResult(execution)\n  if (!claimIsDead) return asResult((await changeOnce(deps, execution, missed)).execution)",
    breaks: 'an order on its way becomes absent',
    invariant: 'broker-evidence',
    tests: STEP_TESTS,
  },
  {
    name: 'posted-again-after-a-refused-takeover',
    file: SETTLE,
    search: 'const maySend = !execution.neverPostAgain && deps.withheld === null',
    replace: 'const maySend = deps.withheld === null',
    breaks: 'an order is posted again and again',
    invariant: 'submitting',
    tests: STEP_TESTS,
  },
  {
    name: 'takeovers-do-not-ask-the-firewall',
    file: SETTLE,
    search: "if (permission.kind === 'denied') return null",
    replace: '',
    breaks: 'a takeover is claimed without permission',
    invariant: 'kill-switch',
    tests: ['test/scenario/lane.test.ts', 'test/scenario/reconcile.test.ts'],
  },
  {
    name: 'one-miss-is-enough',
    file: TRANSITIONS,
    search: 'const MISSES_UNTIL_ABSENT = 2',
    replace: 'const MISSES_UNTIL_ABSENT = 1',
    breaks: 'a look-up that lags behind makes an order absent',
    invariant: 'broker-evidence',
  },
  {
    name: 'misses-need-no-spacing',
    file: TRANSITIONS,
    search: 'const MISS_SPACING_MS = 50_000',
    replace: 'const MISS_SPACING_MS = 0',
    breaks: 'two look-ups at once make an order absent',
    invariant: 'broker-evidence',
    tests: STEP_TESTS,
  },
  {
    name: 'denied-under-a-takeover',
    file: SEND,
    search: "if (outcome.kind === 'denied' && !claim.takeover) {",
    replace: "if (outcome.kind === 'denied') {",
    breaks: 'an order that an earlier POST placed is denied',
    invariant: 'broker-evidence',
    tests: STEP_TESTS,
  },
  {
    name: 'a-takeovers-refusal-is-evidence',
    file: ANSWERS,
    search: 'if (!holding.claim.takeover) return changes(rejected(holding, answer.body))',
    replace: 'return changes(rejected(holding, answer.body))',
    breaks: 'an order that an earlier POST placed is rejected',
    invariant: 'broker-evidence',
    tests: STEP_TESTS,
  },
  {
    name: 'a-422-is-believed',
    file: ANSWERS,
    search: "    case 'unprocessable':\n      break",
    replace: "    case 'unprocessable':\n      return changes(rejected(holding, answer.body))",
    breaks: 'an order that an earlier POST placed is rejected',
    invariant: 'broker-evidence',
    tests: STEP_TESTS,
  },
  {
    name: 'a-timeout-is-a-refusal',
    file: ANSWERS,
    search: 'return changes(unanswered(holding, answer.reason))',
    replace: 'return changes(rejected(holding, answer.reason))',
    breaks: 'an order whose answer was lost is rejected',
    invariant: 'broker-evidence',
  },
  {
    name: 'a-timeout-frees-the-claim',
    file: ANSWERS,
    search: 'return changes(unanswered(holding, answer.reason))',
    replace: 'return changes(released(holding, answer.reason))',
    breaks: 'an order is sent again while the first POST is under way',
    invariant: 'one-order',
    tests: STEP_TESTS,
  },
  {
    name: 'the-pointer-comes-last',
    file: RECORD,
    search:
      '  await deps.executions.putPointer(execution.accountLabel, order.alpacaOrderId, execution.clientOrderId)\n  return asResult(await recordChange(deps, execution, await changeTo()))',
    replace:
      '  const result = asResult(await recordChange(deps, execution, await changeTo()))\n  await deps.executions.putPointer(execution.accountLabel, order.alpacaOrderId, execution.clientOrderId)\n  return result',
    breaks: 'updates that name the order alone find no execution after a death in between',
    invariant: 'submitting',
  },
  {
    name: 'what-others-made-of-it-does-not-count',
    file: TRANSITIONS,
    search: "current.state === 'submitting' && current.claim?.token === claim.token",
    replace: 'true',
    breaks: "a slow holder writes over another's outcome",
    invariant: 'terminal-stays',
    tests: STEP_TESTS,
  },
  {
    name: 'an-existing-execution-is-sent-anew',
    file: EXECUTE,
    search:
      "  if (kind === 'exists') return settleExecution(execution, deps)\n  return sendClaimed(decision, execution, claim, deps)",
    replace: '  void kind\n  return sendClaimed(decision, execution, claim, deps)',
    breaks: 'a plan that is carried out again sends its orders again',
    invariant: 'submitting',
  },
  {
    name: 'the-decision-is-not-stored',
    file: EXECUTE,
    search: 'const put = await deps.decisions.putDecision(decision)',
    replace: "const put = { kind: 'stored' as string, decision }",
    breaks: 'an order has no decision',
    invariant: 'decision-first',
  },
  {
    name: 'the-firewall-is-not-asked-again',
    file: FIREWALL,
    search:
      "const permission = this.#judge(decision, reading)\n    if (permission.kind === 'denied') return permission\n    if (clock.now()",
    replace:
      "const permission = { kind: 'permitted', record: { killSwitchVersion: '', killSwitchAgeSeconds: 0 } } as Permission & { readonly kind: 'permitted' }\n    void reading\n    if (clock.now()",
    breaks: 'an order is sent although the switch went on while its claim was stored',
    invariant: 'kill-switch',
    tests: STEP_TESTS,
  },
  {
    name: 'a-run-out-claim-sends',
    file: FIREWALL,
    search: 'if (clock.now() >= claim.diesAt)',
    replace: 'if (false)',
    breaks: 'an order is sent after others may have taken it over',
    invariant: 'submitting',
    tests: STEP_TESTS,
  },
]
