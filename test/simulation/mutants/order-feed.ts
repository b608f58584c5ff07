/** Mutants of the order feed. */
import type { Mutant } from './mutant.ts'

const FEED = 'lib/orders/order-feed/apply.ts'
const NORMALIZE = 'lib/orders/order-feed/normalize.ts'
const STORED = 'lib/orders/order-feed/stored-updates.ts'
const FEED_TEST = ['test/unit/order-feed-apply.test.ts']
const NORMALIZE_TEST = ['test/unit/order-feed-normalize.test.ts']

export const orderFeedMutants: readonly Mutant[] = [
  {
    name: 'updates-are-applied-before-they-are-stored',
    file: FEED,
    search: 'const row = await deps.events.appendEvent(event.accountLabel, key, fingerprint(event), event)',
    replace: "const row = { kind: 'stored' as const, key, fingerprint }",
    breaks: 'an update that comes before its order is lost',
    invariant: 'equal-plans',
    looks: [{ seeds: 100, profile: 'faulty' }],
    tests: FEED_TEST,
  },
  {
    name: 'a-stored-update-counts-as-applied',
    file: FEED,
    search: '  const execution = await executionOf(event, deps.executions)\n',
    replace:
      "  if (row.kind === 'duplicate') return { kind: 'buffered', event }\n  const execution = await executionOf(event, deps.executions)\n",
    breaks: 'an update whose first delivery died after its row is never applied',
    invariant: 'equal-plans',
    looks: [{ seeds: 200, profile: 'faulty' }],
    tests: FEED_TEST,
  },
  {
    name: 'the-feed-puts-no-pointer',
    file: FEED,
    search: '  await executions.putPointer(accountLabel, event.alpacaOrderId, clientOrderId)\n',
    replace: '',
    breaks: 'updates that name the order alone find no execution',
    invariant: 'equal-plans',
    looks: [{ seeds: 200, profile: 'faulty' }],
    tests: FEED_TEST,
  },
  {
    name: 'updates-that-waited-are-not-applied',
    file: FEED,
    search:
      'return storedUpdates(events, { accountLabel, clientOrderId, alpacaOrderId: event.alpacaOrderId })',
    replace: 'return events === null ? [] : [event]',
    breaks: 'what came before anybody knew whose it is never counts',
    invariant: 'equal-plans',
    looks: [],
    tests: FEED_TEST,
  },
  {
    name: 'adopting-forgets-what-waited',
    file: 'lib/orders/record-change.ts',
    search: 'const isNew = execution.alpacaOrderId === null',
    replace: "const isNew = execution.alpacaOrderId === ('' as typeof alpacaOrderId)",
    breaks: 'an order that was found stays behind its own updates',
    invariant: 'equal-plans',
    looks: [],
    tests: ['test/scenario/lane.test.ts'],
  },
  {
    name: 'reconcile-forgets-what-waited',
    file: 'lib/orders/visit-executions.ts',
    search: "return found.kind === 'settled' ? asResult(await applyStored(found.execution, deps)) : found",
    replace:
      "return found.kind === 'settled' && deps === null ? asResult(await applyStored(found.execution, deps)) : found",
    breaks: 'what came while the order was being sent never counts',
    invariant: 'equal-plans',
    looks: [],
    tests: ['test/scenario/reconcile.test.ts'],
  },
  {
    name: 'updates-of-any-account-are-taken',
    file: FEED,
    search: 'if (!(await deps.knowsAccount(event.accountLabel))) {',
    replace: 'if ((await deps.knowsAccount(event.accountLabel)) === null) {',
    breaks: 'items appear under accounts that nobody has registered',
    invariant: 'accounts-apart',
    looks: [],
    tests: FEED_TEST,
  },
  {
    name: 'the-default-account-gets-what-names-none',
    file: NORMALIZE,
    search: 'if (defaultAccountLabel === null || MULTI_ACCOUNT_TOPIC.test(topic))',
    replace: 'if (defaultAccountLabel === null)',
    breaks: "another account's update counts for the default one",
    invariant: 'accounts-apart',
    looks: [],
    tests: NORMALIZE_TEST,
  },
  {
    name: 'the-envelope-names-the-account',
    file: NORMALIZE,
    search: 'const named = [update, envelope].flatMap',
    replace: 'const named = [envelope, update].flatMap',
    breaks: 'an update counts for the account of its envelope',
    invariant: 'accounts-apart',
    looks: [],
    tests: NORMALIZE_TEST,
  },
  {
    name: 'the-queue-of-several-accounts-has-a-default',
    file: 'lib/orders/order-feed/queued-update.ts',
    search: 'value, defaultAccountLabel: null }',
    replace: 'value, defaultAccountLabel: settings.accountLabel }',
    breaks: 'with a topic that is called otherwise, updates without a name count for the default account',
    invariant: 'accounts-apart',
    looks: [],
    tests: ['test/unit/consumer-handlers.test.ts'],
  },
  {
    name: 'updates-that-differ-in-their-number-are-one',
    file: STORED,
    search: 'const numbers = [rest.eventTs, rest.feedSeq, ...amounts]',
    replace: 'const numbers = [rest.eventTs, ...amounts]',
    breaks: 'of two updates one is lost',
    invariant: 'equal-plans',
    looks: [],
    tests: FEED_TEST,
  },
  {
    name: 'all-orders-without-an-id-are-one',
    file: STORED,
    search: "return alpacaOrderId ?? `client:${clientOrderId ?? ''}`",
    replace: "return alpacaOrderId ?? `client:${clientOrderId === null ? '' : 'some'}`",
    breaks: "an order's updates wait under the key of another",
    invariant: 'equal-plans',
    looks: [],
    tests: [...FEED_TEST, 'test/scenario/lane.test.ts'],
  },
]
