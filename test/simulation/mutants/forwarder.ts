/** Mutants of the forwarder and its lease. */
import type { Mutant } from './mutant.ts'

const CORE = 'lib/operations/forward-updates.ts'
const TESTS = ['test/scenario/forwarder-lease.test.ts', 'test/scenario/forward.test.ts']
const LEASE_TESTS = ['test/contract/forwarder-lease.test.ts']

export const forwarderMutants: readonly Mutant[] = [
  {
    name: 'a-forwarder-publishes-outside-its-lease',
    file: 'lib/operations/hold-lease.ts',
    search: 'return this.#deps.clock.now() < this.#until - MARGIN_MS',
    replace: 'return this.#deps.clock.now() < this.#until + 10 * LEASE_MS',
    breaks: 'a process that was frozen publishes beside its successor',
    invariant: 'equal-plans',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'nothing-is-made-up-for-after-a-loss',
    file: CORE,
    search: 'this.#miss()\n    const { telemetry } = this.#deps',
    replace: 'const { telemetry } = this.#deps',
    breaks: 'updates that were missed are never looked for',
    invariant: 'settled-in-four-ticks',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'a-loss-during-look-ups-is-forgotten',
    file: CORE,
    search: 'this.#isBehind = !isAll || this.#misses !== before',
    replace: 'this.#isBehind = false',
    breaks: 'what was missed while others were looked up, or beyond the first 30, stays missed',
    invariant: 'settled-in-four-ticks',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'what-the-queue-did-not-take-is-gone',
    file: CORE,
    search: 'this.#waiting = this.#waiting.slice(first)',
    replace: 'this.#waiting = this.#waiting.slice(batch.length)',
    breaks: 'an update that the queue refused is lost',
    invariant: 'settled-in-four-ticks',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'a-lease-is-taken-from-its-owner',
    file: 'lib/adapters/dynamodb/table/conditions.ts',
    search: "'attribute_not_exists(pk) OR lease_until <= :now OR #owner = :owner'",
    replace: "'attribute_not_exists(pk) OR lease_until >= :now OR #owner = :owner'",
    breaks: 'two processes forward one account',
    invariant: 'equal-plans',
    looks: [],
    tests: LEASE_TESTS,
  },
  {
    name: 'anybody-lets-go-of-a-lease',
    file: 'lib/adapters/dynamodb/table/conditions.ts',
    search: "return attributeIs('owner', owner)",
    replace: "return owner === '' ? attributeIs('owner', owner) : STORED",
    breaks: "a process that lost its lease ends its successor's",
    invariant: 'equal-plans',
    looks: [],
    tests: LEASE_TESTS,
  },
]
