/** Mutants of what people are told of orders, which the simulation does not look at. */
import type { Mutant } from './mutant.ts'

const TELL = 'lib/orders/outcomes/tell-of-outcome.ts'
const SEND = 'lib/orders/outcomes/send-digest.ts'
const DIGEST_TEST = ['test/unit/digest.test.ts']

export const outcomeMutants: readonly Mutant[] = [
  {
    name: 'fills-are-told-before-the-end',
    file: TELL,
    search: 'isTerminal(after.state) ? after.filledQuantity : 0n',
    replace: 'after.filledQuantity',
    breaks: 'an order is told as filled while it can still be filled further',
    invariant: 'broker-evidence',
    looks: [],
    tests: DIGEST_TEST,
  },
  {
    name: 'corrections-are-not-told',
    file: TELL,
    search: '(!isTerminal(before.state) || before.filledQuantity !== filled)',
    replace: '!isTerminal(before.state)',
    breaks: 'people go on believing in a fill that the broker has taken back',
    invariant: 'broker-evidence',
    looks: [],
    tests: DIGEST_TEST,
  },
  {
    name: 'digests-leave-hours-out',
    file: SEND,
    search: 'Math.floor(now / HOUR_MS) * HOUR_MS',
    replace: 'now',
    breaks: 'what happened while the schedule was late stands in no digest, or in two',
    invariant: 'faults-stay-local',
    looks: [],
    tests: DIGEST_TEST,
  },
  {
    name: 'digests-that-fail-are-forgotten',
    file: 'functions/digest.ts',
    search: "  .use(recordFailure(telemetry, METRICS.digestFailures, 'the digest could not be sent'))\n",
    replace: '',
    breaks: 'nobody sees that the topic takes nothing',
    invariant: 'faults-stay-local',
    looks: [],
    tests: DIGEST_TEST,
  },
]
