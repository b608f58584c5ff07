/** Mutants of what the DynamoDB adapters ask of the store. */
import type { Mutant } from './mutant.ts'

const CONDITIONS = 'lib/adapters/dynamodb/table/conditions.ts'
const EXECUTIONS = 'lib/adapters/dynamodb/execution-store.ts'
const LANES = 'lib/adapters/dynamodb/lane-store.ts'
const TABLE = 'lib/adapters/dynamodb/table/item-table.ts'

export const storeMutants: readonly Mutant[] = [
  {
    name: 'executions-are-put-over-each-other',
    file: EXECUTIONS,
    search: 'const stored = await this.#table.create(executionItem, execution)',
    replace:
      'await this.#table.put(executionItem.encode(execution))\n    const stored = null as Execution | null',
    breaks: 'a second run of a plan claims what the first one has sent',
    invariant: 'one-order',
  },
  {
    name: 'executions-change-whatever-their-revision',
    file: EXECUTIONS,
    search: 'this.#table.put(item, revisionIs(execution.revision - 1))',
    replace: 'this.#table.put(item)',
    breaks: 'an update is written over one that nobody read',
    invariant: 'version-by-one',
  },
  {
    name: 'plans-are-sealed-over-each-other',
    file: LANES,
    search: 'const stored = await this.#table.create(cycleItem, record, expiresAt)',
    replace:
      'await this.#table.put(cycleItem.encode(record, expiresAt))\n    const stored = null as CycleRecord | null',
    breaks: 'an interrupted cycle is planned anew',
    invariant: 'sealed-plan',
  },
  {
    name: 'commits-do-not-ask-for-the-version',
    file: LANES,
    search: 'laneVersionIs(lane.version - 1)',
    replace: "{ expression: 'attribute_exists(pk)' }",
    breaks: 'a late commit takes the lane back',
    invariant: 'version-by-one',
  },
  {
    name: 'lanes-are-made-twice',
    file: LANES,
    search: 'return (await this.#table.create(laneItem, lane)) ?? lane',
    replace: 'await this.#table.put(laneItem.encode(lane))\n    return lane',
    breaks: 'an overlapping first tick begins the lane again',
    invariant: 'cursor-forward',
    tests: ['test/contract/lane-store.test.ts'],
  },
  {
    name: 'our-own-commit-seen-twice-is-anothers',
    file: LANES,
    search: "return ours ? { kind: 'committed' }",
    replace: "return ours && false ? { kind: 'committed' }",
    breaks: 'a commit whose answer was lost counts as superseded',
    invariant: 'cycle',
    tests: ['test/contract/lane-store.test.ts'],
  },
  {
    name: 'reads-may-be-stale',
    file: TABLE,
    search: 'Key: toAttributes(key), ConsistentRead: true',
    replace: 'Key: toAttributes(key), ConsistentRead: false',
    breaks: 'what was just written is not seen',
    invariant: 'version-by-one',
  },
  {
    name: 'marks-move-from-anywhere',
    file: CONDITIONS,
    search: "return attributeIs('position', position)",
    replace: "return { expression: 'attribute_exists(pk)' }",
    breaks: 'two writers reserve one position',
    invariant: 'signal-log',
    tests: ['test/contract/signal-log.test.ts'],
  },
  {
    name: 'signal-rows-are-put-over-each-other',
    file: 'lib/adapters/dynamodb/signal-rows.ts',
    search: 'return this.#table.put(rowItem.encode(row, expiresAt), NOT_STORED)',
    replace: 'return this.#table.put(rowItem.encode(row, expiresAt))',
    breaks: 'a stored signal is replaced by another',
    invariant: 'signal-log',
  },
]
