/**
 * A DynamoDB client over tables in memory: it takes the commands that the adapters send, with the very expressions
 * that they send, and answers or fails as the service does. How a request travels - late, twice, not at all - is the
 * carrier's business.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type Attributes, type Bindings, compareValues, holds, updated } from './evaluate.ts'
import { parseCondition, parseUpdate } from './expression.ts'
import { INDEX, type SimulatedTable } from './table.ts'

/** One request on its way to the service. */
export interface ServiceRequest<Answer> {
  /** E.g. `PutItem`. */
  readonly operation: string
  /** What it is about, for people. */
  readonly subject: string
  readonly isWrite: boolean
  /** Whether the answer may be an old one. */
  readonly mayBeStale: boolean
  /** Does it; `asOf`: a stale read's moment. */
  readonly perform: (now: number, asOf: number) => Answer
}

export type Carrier = <Answer>(request: ServiceRequest<Answer>) => Promise<Answer>

interface Conditional {
  readonly ConditionExpression?: string | undefined
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined
}

export class SimulatedDynamoClient {
  readonly #tables: ReadonlyMap<string, SimulatedTable>
  readonly #carry: Carrier

  constructor(tables: readonly SimulatedTable[], carry: Carrier) {
    this.#tables = new Map(tables.map((table) => [table.name, table]))
    this.#carry = carry
  }

  /** As the type that the adapters ask for; they call `send` alone. */
  asClient(): DynamoDBClient {
    return this as unknown as DynamoDBClient
  }

  // eslint-disable-next-line typescript/require-await
  async send(command: unknown): Promise<unknown> {
    if (command instanceof GetItemCommand) {
      const { TableName, Key = {}, ConsistentRead } = command.input
      return this.#request('GetItem', TableName, Key, false, ConsistentRead !== true, (table, _, asOf) => {
        const item = table.get(part(Key, 'pk'), part(Key, 'sk'), asOf)
        return item === null ? {} : { Item: item }
      })
    }
    if (command instanceof BatchGetItemCommand) {
      const [[name, { Keys = [] }] = ['', {}]] = Object.entries(command.input.RequestItems ?? {})
      return this.#request('BatchGetItem', name, Keys[0] ?? {}, false, false, (table, _, asOf) => {
        const found = Keys.map((key) => table.get(part(key, 'pk'), part(key, 'sk'), asOf))
        return { Responses: { [name]: found.filter((item) => item !== null) } }
      })
    }
    if (command instanceof PutItemCommand) {
      const { TableName, Item = {} } = command.input
      return this.#request('PutItem', TableName, Item, true, false, (table, now) => {
        const [pk, sk] = [part(Item, 'pk'), part(Item, 'sk')]
        check(command.input, table.get(pk, sk))
        table.set(pk, sk, Item, now)
        return {}
      })
    }
    if (command instanceof UpdateItemCommand) {
      const { TableName, Key = {}, UpdateExpression = '' } = command.input
      return this.#request('UpdateItem', TableName, Key, true, false, (table, now) => {
        const [pk, sk] = [part(Key, 'pk'), part(Key, 'sk')]
        const before = table.get(pk, sk)
        check(command.input, before)
        const next = updated(parseUpdate(UpdateExpression), before ?? Key, bindings(command.input))
        table.set(pk, sk, next, now)
        return {}
      })
    }
    if (command instanceof DeleteItemCommand) {
      const { TableName, Key = {} } = command.input
      return this.#request('DeleteItem', TableName, Key, true, false, (table, now) => {
        const [pk, sk] = [part(Key, 'pk'), part(Key, 'sk')]
        const before = table.get(pk, sk)
        check(command.input, before)
        if (before !== null) table.set(pk, sk, null, now)
        return {}
      })
    }
    if (command instanceof QueryCommand) {
      const { input } = command
      const subject = input.ExpressionAttributeValues ?? {}
      const mayBeStale = input.ConsistentRead !== true
      return this.#request('Query', input.TableName, subject, false, mayBeStale, (table, _, asOf) =>
        query(table, input, asOf),
      )
    }
    throw new Error(`the simulated DynamoDB does not know ${(command as object).constructor.name}`)
  }

  #request<Answer>(
    operation: string,
    tableName: string | undefined,
    about: Attributes,
    isWrite: boolean,
    mayBeStale: boolean,
    perform: (table: SimulatedTable, now: number, asOf: number) => Answer,
  ): Promise<Answer> {
    const keys = [about['pk'] ?? about[':pk'], about['sk'] ?? about[':sk']]
    const subject = keys.map((key) => key?.S ?? key?.N ?? '').join(' ')
    return this.#carry({
      operation,
      subject,
      isWrite,
      mayBeStale,
      perform: (now, asOf) => {
        const table = this.#tables.get(tableName ?? '')
        if (table === undefined) {
          throw new ResourceNotFoundException({ message: 'no such table', $metadata: {} })
        }
        return perform(table, now, asOf)
      },
    })
  }
}

function query(table: SimulatedTable, input: QueryCommandInput, asOf: number) {
  const bound = bindings(input)
  const { hash, sort } = keysOf(table, input)
  const pk = input.ExpressionAttributeValues?.[':pk']?.S ?? ''
  const prefix = /begins_with\(sk, (:\w+)\)/.exec(input.KeyConditionExpression ?? '')?.[1] ?? ''
  const all =
    input.IndexName === undefined
      ? table.partition(pk, asOf, input.ExpressionAttributeValues?.[prefix]?.S)
      : table.index(pk, asOf)
  const condition = parseCondition(input.KeyConditionExpression ?? '')
  const after = input.ExclusiveStartKey?.[sort]
  const isBackward = input.ScanIndexForward === false
  const matching = all.filter((item) => {
    const key = item[sort]
    if (after !== undefined && key !== undefined) {
      const order = compareValues(key, after)
      if (isBackward ? order >= 0 : order <= 0) return false
    }
    return holds(condition, item, bound)
  })
  const items = isBackward ? matching.reverse() : matching
  const page = items.slice(0, input.Limit ?? items.length)
  const last = page.at(-1)
  const more = last !== undefined && page.length === input.Limit
  return more ? { Items: page, LastEvaluatedKey: lastKey(last, [hash, sort]) } : { Items: page }
}

function keysOf(table: SimulatedTable, { IndexName }: QueryCommandInput): { hash: string; sort: string } {
  if (IndexName === undefined) return { hash: 'pk', sort: 'sk' }
  if (IndexName === 'open') return INDEX
  throw new ResourceNotFoundException({
    message: `${table.name} has no index ${IndexName}`,
    $metadata: {},
  })
}

function lastKey(item: Attributes, indexKeys: readonly string[]): Record<string, AttributeValue> {
  const names = new Set(['pk', 'sk', ...indexKeys])
  return Object.fromEntries([...names].map((name) => [name, part(item, name)]))
}

/** @throws ConditionalCheckFailedException */
function check(input: Conditional, item: Attributes | null): void {
  if (input.ConditionExpression === undefined) return
  if (holds(parseCondition(input.ConditionExpression), item ?? {}, bindings(input))) return
  const shown = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item !== null
  throw new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(shown ? { Item: { ...item } } : {}),
  })
}

function bindings(input: Conditional): Bindings {
  return { names: input.ExpressionAttributeNames ?? {}, values: input.ExpressionAttributeValues ?? {} }
}

function part(item: Attributes, name: string): AttributeValue {
  const value = item[name]
  if (value === undefined) throw new Error(`the item has no ${name}`)
  return value
}
