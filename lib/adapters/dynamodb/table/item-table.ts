/**
 * One DynamoDB table as the stores use it: single items, conditional writes, queries. One call of a method
 * is one call to DynamoDB, except for those that return an iterable (one per page).
 *
 * Invariants: reads are strongly consistent unless said otherwise; no item above 64 KB is ever sent; a
 * failed condition is `false`, every other failure an error of ours. The client may repeat a write whose
 * answer was lost, so `false` can mean that our own write is stored already.
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
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { StateError } from '../../../domain/errors.ts'
import type { Encoded } from '../../../formats/codec.ts'
import { fromAttributes, toAttributes } from './attributes.ts'
import { type Condition, NOT_STORED } from './conditions.ts'
import { dynamoFault } from './faults.ts'
import { type Item, type ItemKey, type ItemKind, assertItemFits } from './item.ts'

export interface Range {
  readonly pk: string
  /** Sort keys that begin with this text; without it and `after` all of the partition. */
  readonly prefix?: string
  /** Instead: sort keys greater than this one. */
  readonly after?: number | string
  /** Instead: sort keys less than this one, the greatest first. */
  readonly below?: number
  /** The greatest sort keys first. */
  readonly backward?: boolean
  readonly limit?: number
  /** Strongly consistent. */
  readonly consistent: boolean
}

export interface Change {
  readonly expression: string
  readonly names: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, Encoded>>
}

export const OPEN_INDEX = 'open'

type Key = Record<string, AttributeValue> | undefined

export class ItemTable {
  readonly name: string
  readonly #client: DynamoDBClient

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client
    this.name = name
  }

  async get(key: ItemKey): Promise<Item | null> {
    const command = new GetItemCommand({ TableName: this.name, Key: keyOf(key), ConsistentRead: true })
    const { Item: found } = await this.#try('a read', () => this.#client.send(command))
    return found === undefined ? null : readItem(found)
  }

  /** Those of up to 100 items that are there, in no order, strongly consistent. */
  async getMany(keys: readonly ItemKey[]): Promise<readonly Item[]> {
    const found: Item[] = []
    let open: Record<string, AttributeValue>[] = keys.map(keyOf)
    while (open.length > 0) {
      const RequestItems = { [this.name]: { Keys: open, ConsistentRead: true } }
      const answer = await this.#try('a read', () =>
        this.#client.send(new BatchGetItemCommand({ RequestItems })),
      )
      found.push(...(answer.Responses?.[this.name] ?? []).map(readItem))
      open = answer.UnprocessedKeys?.[this.name]?.Keys ?? []
    }
    return found
  }

  /** The value of a kind under a key; null when there is none. @throws StateError when it cannot be decoded. */
  async read<T>(kind: ItemKind<T>, key: ItemKey): Promise<T | null> {
    const item = await this.get(key)
    return item === null ? null : kind.decode(item)
  }

  /** Puts the value unless one of its key is there, which it gives back then; null when it was put. */
  async create<T>(kind: ItemKind<T>, value: T, expiresAt: number | null = null): Promise<T | null> {
    if (await this.put(kind.encode(value, expiresAt), NOT_STORED)) return null
    const key = kind.key(value)
    const stored = await this.read(kind, key)
    if (stored === null) throw new StateError(`${kind.name} ${JSON.stringify([key.pk, key.sk])} vanished`)
    return stored
  }

  /** @throws StateError when the item exceeds 64 KB. */
  async put(item: Item, condition?: Condition): Promise<boolean> {
    assertItemFits(item)
    const command = new PutItemCommand({
      TableName: this.name,
      Item: toAttributes(item),
      ...(condition === undefined ? {} : conditionInput(condition)),
    })
    return this.#conditionally('a write', () => this.#client.send(command))
  }

  async update(key: ItemKey, change: Change, condition: Condition): Promise<boolean> {
    const checked = conditionInput(condition, change)
    const command = new UpdateItemCommand({
      TableName: this.name,
      Key: keyOf(key),
      UpdateExpression: change.expression,
      ...checked,
    })
    return this.#conditionally('an update', () => this.#client.send(command))
  }

  async delete(key: ItemKey): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.name, Key: keyOf(key) })
    await this.#try('a deletion', () => this.#client.send(command))
  }

  /** One page, ascending; `more` when the limit or a page's size ended it. */
  async query(range: Range): Promise<{ readonly items: readonly Item[]; readonly more: boolean }> {
    const { items, next } = await this.#page(this.#rangeInput(range))
    return { items, more: next !== undefined }
  }

  queryAll(range: Range): AsyncIterable<Item> {
    return this.#pages(this.#rangeInput(range))
  }

  /** As many as the range's limit says, over as many pages as that takes. */
  async queryUpTo(range: Range & { readonly limit: number }): Promise<readonly Item[]> {
    const items: Item[] = []
    for await (const item of this.queryAll(range)) {
      items.push(item)
      if (items.length === range.limit) break
    }
    return items
  }

  /** The items in the sparse index of open executions under a partition, eventually consistent. */
  queryOpen(openPartition: string): AsyncIterable<Item> {
    return this.#pages({
      TableName: this.name,
      IndexName: OPEN_INDEX,
      KeyConditionExpression: 'open_pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: openPartition } },
    })
  }

  #rangeInput({ pk, prefix, after, below, backward, limit, consistent }: Range): QueryCommandInput {
    const from = prefix ?? after ?? below
    const sortKey =
      prefix !== undefined
        ? ' AND begins_with(sk, :sk)'
        : below === undefined
          ? ' AND sk > :sk'
          : ' AND sk < :sk'
    return {
      TableName: this.name,
      KeyConditionExpression: `pk = :pk${from === undefined ? '' : sortKey}`,
      ExpressionAttributeValues: toAttributes({ ':pk': pk, ...(from !== undefined && { ':sk': from }) }),
      ConsistentRead: consistent,
      Limit: limit,
      ...(below !== undefined || backward === true ? { ScanIndexForward: false } : {}),
    }
  }

  async *#pages(input: QueryCommandInput): AsyncIterable<Item> {
    let start: Key
    do {
      const { items, next } = await this.#page({ ...input, ExclusiveStartKey: start })
      yield* items
      start = next
    } while (start !== undefined)
  }

  async #page(input: QueryCommandInput): Promise<{ readonly items: readonly Item[]; readonly next: Key }> {
    const page = await this.#try('a query', () => this.#client.send(new QueryCommand(input)))
    return { items: (page.Items ?? []).map(readItem), next: page.LastEvaluatedKey }
  }

  async #conditionally(what: string, send: () => Promise<unknown>): Promise<boolean> {
    try {
      await send()
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw dynamoFault(error, what, this.name)
    }
  }

  async #try<T>(what: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send()
    } catch (error) {
      throw dynamoFault(error, what, this.name)
    }
  }
}

function keyOf({ pk, sk }: ItemKey): Record<string, AttributeValue> {
  return toAttributes({ pk, sk })
}

function readItem(stored: Record<string, AttributeValue>): Item {
  try {
    return fromAttributes(stored)
  } catch (cause) {
    throw new StateError(`stored state is corrupted: item ${JSON.stringify([stored['pk'], stored['sk']])}`, {
      cause,
    })
  }
}

function conditionInput(
  condition: Condition,
  change?: Change,
): {
  ConditionExpression: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeValue>
} {
  const names = { ...condition.names, ...change?.names }
  const values = { ...condition.values, ...change?.values }
  // DynamoDB refuses empty maps of names and values
  return {
    ConditionExpression: condition.expression,
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: toAttributes(values) }),
  }
}
