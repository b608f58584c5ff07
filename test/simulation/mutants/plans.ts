/** Mutants of the pure half: determinism, projection, circuits and aggregation, and what a plugin's fault costs. */
import type { Mutant } from './mutant.ts'

const DECISIONS = 'lib/plan/plan-decisions.ts'
const PROJECTION = 'lib/plan/projection.ts'
const CIRCUIT = 'lib/strategy/circuit.ts'
const RUNTIME = 'lib/strategy/runtime.ts'
const AGGREGATOR = 'lib/strategy/aggregator.ts'
const GOLDEN = ['test/unit/golden-cases.test.ts']
const CIRCUIT_TESTS = ['test/unit/circuit.test.ts', ...GOLDEN]
const PLAN_TESTS = ['test/scenario/plan.test.ts', 'test/scenario/plan-properties.test.ts']
const RISK_TESTS = ['test/scenario/risk-rules.test.ts']

export const planMutants: readonly Mutant[] = [
  {
    name: 'a-plan-looks-at-the-clock',
    file: DECISIONS,
    search: '      at: tickAt,\n',
    replace: '      at: Date.now() as EpochMs,\n',
    breaks: 'the same inputs give another plan later',
    invariant: 'equal-plans',
    looks: [{ seeds: 20 }],
    tests: RISK_TESTS,
  },
  {
    name: 'cooldowns-in-the-order-of-their-coming',
    file: DECISIONS,
    search: 'Object.fromEntries([...this.#cooling].sort(byKey))',
    replace: 'Object.fromEntries([...this.#cooling])',
    breaks: 'equal plans are not equal byte for byte',
    invariant: 'equal-plans',
    looks: [],
    tests: PLAN_TESTS,
  },
  {
    name: 'accepted-orders-cost-nothing',
    file: DECISIONS,
    search: 'this.#projected = acceptOrder(this.#projection, order)',
    replace: 'void acceptOrder(this.#projection, order)',
    breaks: 'a plan spends the same money twice',
    invariant: 'decision-first',
    looks: [],
    tests: [...RISK_TESTS, ...PLAN_TESTS],
  },
  {
    name: 'unsettled-orders-are-not-projected',
    file: PROJECTION,
    search: 'for (const order of unsettled) {',
    replace: 'for (const order of unsettled.slice(0, 0)) {',
    breaks: 'money that an order may have taken is spent again',
    invariant: 'decision-first',
    looks: [],
    tests: RISK_TESTS,
  },
  {
    name: 'unsettled-orders-are-projected-twice',
    file: PROJECTION,
    search: 'if (listed.has(order.clientOrderId)) continue',
    replace: '',
    breaks: 'an order that the broker lists counts twice',
    invariant: 'decision-first',
    looks: [],
    tests: RISK_TESTS,
  },
  {
    name: 'any-number-of-unsettled-orders',
    file: 'lib/plan/risk/too-many-unsettled.ts',
    search: 'projection.unsettledOrders > MOST_UNSETTLED',
    replace: 'projection.unsettledOrders > 100 * MOST_UNSETTLED',
    breaks: 'orders are sent faster than they can be settled',
    invariant: 'settled-in-four-ticks',
    looks: [],
    tests: RISK_TESTS,
  },
  {
    name: 'a-circuit-closes-a-signal-too-soon',
    file: CIRCUIT,
    search: 'return openUntil !== null && at <= openUntil',
    replace: 'return openUntil !== null && at < openUntil',
    breaks: 'the end of the cooldown is not part of it',
    invariant: 'equal-plans',
    looks: [],
    tests: CIRCUIT_TESTS,
  },
  {
    name: 'a-success-forgets-nothing',
    file: CIRCUIT,
    search: 'this.#states.delete(strategyId)',
    replace: 'void strategyId',
    breaks: 'errors far apart open a circuit',
    invariant: 'faults-stay-local',
    looks: [],
    tests: CIRCUIT_TESTS,
  },
  {
    name: 'one-circuit-for-all',
    file: CIRCUIT,
    search: 'const openUntil = this.#states.get(strategyId)?.openUntil ?? null',
    replace:
      'const openUntil = [...this.#states.values()].map((state) => state.openUntil).find((until) => until !== null) ?? (strategyId === undefined ? at : null)',
    breaks: "one strategy's errors stop the others",
    invariant: 'faults-stay-local',
    looks: [],
    tests: CIRCUIT_TESTS,
  },
  {
    name: 'an-error-ends-the-signal',
    file: RUNTIME,
    search: 'for (const strategy of asked) evaluation.ask(strategy)',
    replace:
      'for (const strategy of asked) {\n    evaluation.ask(strategy)\n    if (evaluation.errors !== null) break\n  }',
    breaks: 'a plugin that fails costs the others their evaluation',
    invariant: 'faults-stay-local',
    looks: [],
    tests: ['test/unit/runtime.test.ts', ...GOLDEN],
  },
  {
    name: 'a-bad-intent-is-believed',
    file: RUNTIME,
    search: "if (validation.kind === 'invalid') {",
    replace: "if (validation.kind === 'invalid' && answer === undefined) {",
    breaks: "a plugin's nonsense stops the plan",
    invariant: 'faults-stay-local',
    looks: [],
    tests: ['test/unit/runtime.test.ts', ...GOLDEN],
  },
  {
    name: 'ranked-without-ids',
    file: AGGREGATOR,
    search: '    compare(left.intent.strategyId, right.intent.strategyId) ||\n',
    replace: '',
    breaks: 'the order of the strategies decides',
    invariant: 'equal-plans',
    looks: [],
    tests: ['test/unit/aggregator.test.ts', ...GOLDEN],
  },
  {
    name: 'every-account-trades-all-strategies',
    file: 'lib/plan/account-strategies.ts',
    search: 'catalog.asked(timeframe, symbol).filter(({ definition }) => chosen.has(definition.id)),',
    replace: 'catalog.asked(timeframe, symbol),',
    breaks: "one account trades what is another's",
    invariant: 'accounts-apart',
    looks: [],
    tests: PLAN_TESTS,
  },
]
