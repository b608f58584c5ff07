/** Mutants of the functions' own wiring, which the simulation has a copy of. */
import type { Mutant } from './mutant.ts'

const LANE = 'functions/lane.ts'
const FEED = 'functions/order-feed.ts'
const INGEST = 'functions/ingest.ts'
const LANE_TEST = ['test/unit/lane-handler.test.ts']
const CONSUMER_TEST = ['test/unit/consumer-handlers.test.ts']

export const wiringMutants: readonly Mutant[] = [
  {
    name: 'claims-live-longer-than-their-invocation',
    file: LANE,
    search: 'asEpochMs(systemClock.now() + totalMs)',
    replace: 'asEpochMs(systemClock.now() + 100 * totalMs)',
    breaks: 'what a killed invocation had claimed is settled much later',
    invariant: 'settled-in-four-ticks',
    looks: [],
    tests: LANE_TEST,
  },
  {
    name: 'claims-die-under-their-holder',
    file: LANE,
    search: 'asEpochMs(systemClock.now() + totalMs)',
    replace: 'asEpochMs(systemClock.now() + 0 * totalMs)',
    breaks: 'an order is taken over while it is being sent',
    invariant: 'one-order',
    looks: [],
    tests: LANE_TEST,
  },
  {
    name: 'every-delivery-is-the-first',
    file: LANE,
    search: 'receiveCount: Number(attributes.ApproximateReceiveCount)',
    replace: 'receiveCount: Math.min(1, Number(attributes.ApproximateReceiveCount))',
    breaks: 'what a killed run left is dropped as too old',
    invariant: 'settled-in-four-ticks',
    looks: [],
    tests: LANE_TEST,
  },
  {
    name: 'every-account-trades-with-the-same-key',
    file: LANE,
    search: 'readCredentials(parameters, CREDENTIALS_PATH, account)',
    replace: "readCredentials(parameters, CREDENTIALS_PATH, 'paper' as typeof account)",
    breaks: "one account's orders go to another's",
    invariant: 'accounts-apart',
    looks: [],
    tests: LANE_TEST,
  },
  {
    name: 'the-gateway-has-a-budget-of-its-own',
    file: LANE,
    search: 'CREDENTIALS_PATH, account), budget })',
    replace: 'CREDENTIALS_PATH, account), ...(budget === null ? { budget } : {}) })',
    breaks: 'requests to the broker are counted by nobody',
    invariant: 'request-budget',
    looks: [],
    tests: LANE_TEST,
  },
  {
    name: 'the-account-is-that-of-the-first-queue',
    file: FEED,
    search: 'const oneAccount = record.eventSourceARN === environment.ORDER_FEED_QUEUE_ARN',
    replace: 'const oneAccount = record.eventSourceARN !== environment.ORDER_FEED_QUEUE_ARN',
    breaks: "another account's update counts for the default one",
    invariant: 'accounts-apart',
    looks: [],
    tests: CONSUMER_TEST,
  },
  {
    name: 'the-feed-knows-every-account',
    file: 'lib/lanes/order-feed-fleet.ts',
    search: ': registered.includes(label)',
    replace: ': registered.includes(label) || label.length > 0',
    breaks: 'items appear under accounts that nobody has registered',
    invariant: 'accounts-apart',
    looks: [],
    tests: CONSUMER_TEST,
  },
  {
    name: 'the-feeds-fleet-outlives-its-invocation',
    file: FEED,
    search: 'const fleet = orderFeedFleet(fleetDeps)',
    replace:
      'const known = globalThis as { fleet?: OrderFeedFleet }\n  const fleet = (known.fleet ??= orderFeedFleet(fleetDeps))',
    breaks: 'an account that was registered meanwhile stays unknown',
    invariant: 'accounts-apart',
    looks: [],
    tests: CONSUMER_TEST,
  },
  {
    name: 'no-message-of-signals-comes-again',
    file: INGEST,
    search: 'redelivered: Number(attributes.ApproximateReceiveCount) > 1,',
    replace: 'redelivered: Number(attributes.ApproximateReceiveCount) > 100,',
    breaks: 'a message that takes longer than one delivery never gets through',
    invariant: 'faults-stay-local',
    looks: [],
    tests: CONSUMER_TEST,
  },
  {
    name: 'ingest-has-all-the-time',
    file: INGEST,
    search: 'remainingMs: () => context.getRemainingTimeInMillis(),',
    replace: 'remainingMs: () => 1000 * context.getRemainingTimeInMillis(),',
    breaks: 'a message is cut off in the middle, time after time',
    invariant: 'faults-stay-local',
    looks: [],
    tests: CONSUMER_TEST,
  },
]
