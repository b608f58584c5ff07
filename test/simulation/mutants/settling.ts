/** Mutants of claims, submitting and settling. */
import type { Mutant } from './mutant.ts'

const SETTLE = 'lib/orders/settle.ts'
const EXECUTE = 'lib/orders/execute-decision.ts'
const SEND = 'lib/orders/send-claimed.ts'
const RECORD = 'lib/orders/record-change.ts'
const CLAIMS = 'lib/orders/claims.ts'
const TRANSITIONS = 'lib/orders/execution/transitions.ts'
const STEP_TESTS = ['test/scenario/lane.test.ts', 'test/scenario/reconcile.test.ts']

export const settlingMutants: readonly Mutant[] = [
  {
    name: 'live-claims-are-taken-over',
    file: CLAIMS,
    search: 'claim === null || claim.dead || now > claim.diesAt + CLAIM_MARGIN_MS',
    replace: 'claim === null || claim.dead || now > claim.diesAt - 60_000',
    breaks: 'two holders send one order',
    invariant: 'one-order',
  },
  {
    name: 'claims-have-no-margin',
    file: CLAIMS,
    search: 'now > claim.diesAt + CLAIM_MARGIN_MS',
    replace: 'now > claim.diesAt - 20_000',
    breaks: 'a request under way lands after the order was sent again',
    invariant: 'one-order',
    looks: [{ seeds: 100, profile: 'claims' }],
  },
  {
    name: 'claims-never-die-by-time',
    file: CLAIMS,
    search: 'claim.dead || now > claim.diesAt + CLAIM_MARGIN_MS',
    replace: 'claim.dead || (claim.takeover && now > claim.diesAt + CLAIM_MARGIN_MS)',
    breaks: 'what a killed run claimed is settled by nobody',
    invariant: 'settled-in-four-ticks',
    looks: [{ seeds: 100, profile: 'claims' }],
  },
  {
    name: 'claims-die-before-their-invocation',
    file: CLAIMS,
    search: 'diesAt: options.deadline(),',
    replace: 'diesAt: (options.deadline() - 40_000) as EpochMs,',
    breaks: 'a holder still sends while another takes over',
    invariant: 'one-order',
    looks: [{ seeds: 100, profile: 'claims' }],
    tests: STEP_TESTS,
  },
  {
    name: 'all-claims-have-one-token',
    file: CLAIMS,
    search: 'token: `${prefix}${options.randomness.token()}`,',
    replace: 'token: `${prefix}holder`,',
    breaks: "another's claim is taken for one's own",
    invariant: 'one-order',
    looks: [{ seeds: 100, profile: 'claims' }],
  },
  {
    name: 'judged-after-the-look-up',
    file: SETTLE,
    search:
      '  const claimIsDead = deps.claims.isDead(execution.claim, deps.clock.now())\n  const broker = await deps.brokerAt(execution.brokerTarget)\n  const lookup = await broker.findByClientOrderId(execution.clientOrderId)\n',
    replace:
      '  const broker = await deps.brokerAt(execution.brokerTarget)\n  const lookup = await broker.findByClientOrderId(execution.clientOrderId)\n  const claimIsDead = deps.claims.isDead(execution.claim, deps.clock.now())\n',
    breaks: 'a look-up from before the claim died counts as one after it',
    invariant: 'one-order',
    looks: [{ seeds: 100, profile: 'claims' }],
    tests: ['test/simulation/lane.test.ts'],
  },
  {
    name: 'unsettled-ones-are-sent-without-a-look-up',
    file: SETTLE,
    search: "if (lookup.kind === 'found') return adoptOrder(deps, execution, lookup.order)",
    replace: "if (lookup.kind === 'found' && !claimIsDead) return adoptOrder(deps, execution, lookup.order)",
    breaks: 'what the broker holds is sent again',
    invariant: 'one-order',
    looks: [{ seeds: 100, profile: 'claims' }],
  },
  {
    name: 'a-failed-look-up-counts-as-none-found',
    file: SETTLE,
    search: "if (lookup.kind === 'unavailable' || !claimIsDead)",
    replace: 'if (!claimIsDead)',
    breaks: 'an order is sent again while the broker cannot say that it has it',
    invariant: 'one-order',
    looks: [{ seeds: 100, profile: 'claims' }],
    tests: ['test/simulation/lane.test.ts'],
  },
  {
    name: 'misses-count-under-live-claims',
    file: SETTLE,
    search: "if (lookup.kind === 'unavailable' || !claimIsDead) return asResult(execution)",
    replace:
      "if (lookup.kind === 'unavailable') return asResult(execution)\n  if (!claimIsDead) return asResult((await changeOnce(deps, execution, missed)).execution)",
    breaks: 'an order on its way becomes absent',
    invariant: 'broker-evidence',
    looks: [{ seeds: 100, profile: 'claims' }],
  },
  {
    name: 'a-miss-counts-whatever-came-since',
    file: SETTLE,
    search: 'return sent ?? asResult((await changeOnce(deps, execution, missed)).execution)',
    replace:
      "let read = execution\n  for (;;) {\n    const once = await changeOnce(deps, read, (current, now) => (isUnsettled(current.state) ? missed(current, now) : null))\n    if (sent !== null || once.kind === 'held') return sent ?? asResult(once.execution)\n    read = once.execution\n  }",
    breaks: 'a look-up under an earlier claim counts against the present one',
    invariant: 'broker-evidence',
    looks: [
      { seeds: 60, profile: 'claims' },
      { seeds: 60, profile: 'switching' },
    ],
    survives:
      'needs a second run that takes over between the look-up and the write of a run without permission, within one lane: the queue lets no two runs of a lane begin in such a moment but after a redelivery',
  },
  {
    name: 'a-takeover-is-tried-again',
    file: SETTLE,
    search: 'const taken = await changeOnce(deps, execution, takenOver(claim))',
    replace:
      "let taken = await changeOnce(deps, execution, takenOver(claim))\n  while (taken.kind === 'overtaken') taken = await changeOnce(deps, taken.execution, takenOver(claim))",
    breaks: 'a claim that somebody else has just taken is taken over',
    invariant: 'one-order',
    looks: [{ seeds: 100, profile: 'claims' }],
    tests: ['test/simulation/lane.test.ts'],
  },
  {
    name: 'posted-again-after-a-refused-takeover',
    file: SETTLE,
    search: 'const maySend = !execution.neverPostAgain && deps.withheld === null',
    replace: 'const maySend = deps.withheld === null',
    breaks: 'an order is posted again and again',
    invariant: 'broker-evidence',
    looks: [{ seeds: 100, profile: 'answering' }],
    tests: STEP_TESTS,
  },
  {
    name: 'takeovers-do-not-ask-the-firewall',
    file: SETTLE,
    search: "if (permission.kind === 'denied') return null",
    replace: '',
    breaks: 'what may not be sent collects no misses, and is never settled',
    invariant: 'settled-in-four-ticks',
    looks: [{ seeds: 100, profile: 'answering' }],
    tests: STEP_TESTS,
  },
  {
    name: 'looked-up-where-the-account-is-now',
    file: SETTLE,
    search: 'const broker = await deps.brokerAt(execution.brokerTarget)',
    replace:
      "const broker = await deps.brokerAt({ mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' })",
    breaks: 'an order is looked for at another broker account than it was sent to',
    invariant: 'accounts-apart',
    looks: [],
    tests: ['test/unit/settling-steps.test.ts'],
  },
  {
    name: 'one-miss-is-enough',
    file: TRANSITIONS,
    search: 'const MISSES_UNTIL_ABSENT = 2',
    replace: 'const MISSES_UNTIL_ABSENT = 1',
    breaks: 'a look-up that lags behind makes an order absent',
    invariant: 'broker-evidence',
    looks: [{ seeds: 100, profile: 'answering' }],
  },
  {
    name: 'no-number-of-misses-is-enough',
    file: TRANSITIONS,
    search: 'const MISSES_UNTIL_ABSENT = 2',
    replace: 'const MISSES_UNTIL_ABSENT = 200',
    breaks: 'an order that never reached the broker stays unsettled',
    invariant: 'settled-in-four-ticks',
    looks: [{ seeds: 100, profile: 'answering' }],
    tests: STEP_TESTS,
  },
  {
    name: 'misses-need-no-spacing',
    file: TRANSITIONS,
    search: 'const MISS_SPACING_MS = 50_000',
    replace: 'const MISS_SPACING_MS = 0',
    breaks: 'two look-ups at once make an order absent',
    invariant: 'broker-evidence',
    looks: [{ seeds: 100, profile: 'answering' }],
    tests: STEP_TESTS,
  },
  {
    name: 'denied-under-a-takeover',
    file: SEND,
    search: "if (outcome.kind === 'denied' && !claim.takeover) {",
    replace: "if (outcome.kind === 'denied') {",
    breaks: 'an order that an earlier POST placed is denied',
    invariant: 'broker-evidence',
    looks: [{ seeds: 100, profile: 'answering' }],
    tests: ['test/unit/settling-steps.test.ts'],
  },
  {
    name: 'a-run-out-claim-is-a-denial',
    file: SEND,
    search: "if (outcome.kind === 'denied' && !claim.takeover) {",
    replace:
      "if (outcome.kind === 'claim_expired') return asResult(await recordChange(deps, execution, withdrawn(unsent, 'signal_too_old')))\n  if (outcome.kind === 'denied' && !claim.takeover) {",
    breaks: 'an order that an earlier POST placed is denied',
    invariant: 'broker-evidence',
    looks: [],
    tests: ['test/unit/settling-steps.test.ts'],
  },
  {
    name: 'the-pointer-comes-last',
    file: RECORD,
    search:
      '  await deps.executions.putPointer(execution.accountLabel, order.alpacaOrderId, execution.clientOrderId)\n  return asResult(await recordChange(deps, execution, await changeTo()))',
    replace:
      '  const result = asResult(await recordChange(deps, execution, await changeTo()))\n  await deps.executions.putPointer(execution.accountLabel, order.alpacaOrderId, execution.clientOrderId)\n  return result',
    breaks: 'updates that name the order alone find no execution after a death in between',
    invariant: 'equal-plans',
  },
  {
    name: 'another-order-under-our-id-is-adopted',
    file: RECORD,
    search: 'if (different.length > 0) {',
    replace: 'if (different.length > 9) {',
    breaks: "somebody else's order counts as the decision's",
    invariant: 'decision-first',
    looks: [{ seeds: 60, profile: 'foreign' }],
    tests: STEP_TESTS,
  },
  {
    name: 'an-existing-execution-is-sent-anew',
    file: EXECUTE,
    search:
      "  if (kind === 'exists') return settleExecution(execution, deps)\n  return sendClaimed(decision, execution, claim, deps)",
    replace: '  void kind\n  return sendClaimed(decision, execution, claim, deps)',
    breaks: 'a plan that is carried out again sends its orders again',
    invariant: 'one-order',
  },
  {
    name: 'the-decision-is-not-stored',
    file: EXECUTE,
    search: 'const put = await deps.decisions.putDecision(decision)',
    replace: "const put = { kind: 'stored' as string, decision }",
    breaks: 'an order has no decision',
    invariant: 'decision-first',
  },
]
