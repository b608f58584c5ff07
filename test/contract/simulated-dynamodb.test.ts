/**
 * The simulations' DynamoDB client against an embedded DynamoDB: the same commands, one after the other, get the same
 * answers and leave the same items, whatever conditions and updates they carry.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { fc } from '../support/properties.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SimulatedDynamoClient } from '../support/simulated-dynamodb/client.ts'
import { SimulatedTable } from '../support/simulated-dynamodb/table.ts'
import { type DynamoState, openDynamoState } from '../support/state-backends.ts'

/**
 * What conditions compare with: texts and numbers, as ours do. The embedded DynamoDB orders truth values, which the real one
 * refuses, takes no two lists or maps for equal, and its IN never finds an empty text.
 */
const operand = fc.constantFrom({ S: 'a' }, { S: 'ab' }, { S: 'ü' }, { N: '0' }, { N: '1' }, { N: '10' })
const attribute = fc.oneof(
  operand,
  fc.constantFrom({ S: '' }, { BOOL: true }, { NULL: true as const }),
  fc.constantFrom({ L: [{ N: '1' }] }, { M: { inner: { S: 'a' } } }),
)
const key = fc.record({
  pk: fc.constantFrom({ S: 'p' }, { S: 'q' }),
  sk: fc.constantFrom({ S: 'a' }, { S: 'ab' }, { S: 'b' }, { S: 'é' }),
})
const names = { '#one': 'one', '#two': 'two' }
const condition = fc.constantFrom(
  'attribute_not_exists(pk)',
  'attribute_exists(pk) AND attribute_not_exists(#one)',
  'attribute_not_exists(pk) OR #one = :one',
  '#one = :one',
  '#one <> :one',
  '#one < :one OR #two >= :two',
  'NOT (#one = :one AND #two = :two)',
  '#one BETWEEN :one AND :two',
  '#one IN (:one, :two)',
  'begins_with(#one, :text)',
  'attribute_exists(#two.inner)',
)
const update = fc.constantFrom(
  'SET #one = :one',
  'SET #one = :one, #two = :two',
  'SET #one = if_not_exists(#one, :one) REMOVE #two',
  'REMOVE #one, #two',
)
const keyCondition = fc.constantFrom('pk = :pk AND begins_with(sk, :text)', 'pk = :pk AND sk > :text')

/** Only the names and values that the expressions use, as DynamoDB wants it. */
function bound(expressions: readonly string[], values: Readonly<Record<string, object>>) {
  const text = expressions.join(' ')
  const used = <T>(all: Readonly<Record<string, T>>): Record<string, T> | undefined => {
    const entries = Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(text))
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  return { ExpressionAttributeNames: used(names), ExpressionAttributeValues: used(values) as never }
}

const command = fc.oneof(
  fc.record({ key, one: fc.option(attribute), two: fc.option(attribute), condition, bind: operand }).map(
    ({ key: keys, one, two, condition: ConditionExpression, bind }) =>
      () =>
        new PutItemCommand({
          TableName: 'state',
          Item: { ...keys, ...(one && { one }), ...(two && { two }) } as never,
          ConditionExpression,
          ...bound([ConditionExpression], { ':one': bind, ':two': { N: '10' }, ':text': { S: 'a' } }),
        }),
  ),
  fc.record({ key, update, condition, one: operand, two: operand }).map(
    ({ key: Key, update: UpdateExpression, condition: ConditionExpression, one, two }) =>
      () =>
        new UpdateItemCommand({
          TableName: 'state',
          Key,
          UpdateExpression,
          ConditionExpression,
          ...bound([UpdateExpression, ConditionExpression], {
            ':one': one,
            ':two': two,
            ':text': { S: 'a' },
          }),
        }),
  ),
  fc.record({ key }).map(
    ({ key: Key }) =>
      () =>
        new DeleteItemCommand({ TableName: 'state', Key }),
  ),
  fc.record({ keyCondition, limit: fc.constantFrom(1, 2, 10) }).map(
    ({ keyCondition: KeyConditionExpression, limit }) =>
      () =>
        new QueryCommand({
          TableName: 'state',
          KeyConditionExpression,
          Limit: limit,
          ExpressionAttributeValues: { ':pk': { S: 'p' }, ':text': { S: 'a' } },
        }),
  ),
)

/** What came of it, as far as the adapters look. */
async function outcome(client: Pick<DynamoDBClient, 'send'>, made: object): Promise<unknown> {
  try {
    const answer = (await client.send(made as never)) as { Items?: unknown; Item?: unknown }
    return { Items: answer.Items, Item: answer.Item }
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'condition failed'
    return 'refused'
  }
}

describe('the simulated DynamoDB client', () => {
  let embedded: DynamoState
  beforeAll(async () => {
    embedded = await openDynamoState()
  })
  afterAll(() => embedded.close())

  it('answers as an embedded DynamoDB does', async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 8 }), async (commands) => {
        const simulated = new SimulatedDynamoClient([new SimulatedTable('state')], async ({ perform }) =>
          perform(0, Infinity),
        ).asClient()
        for (const pk of ['p', 'q']) {
          for (const sk of ['a', 'ab', 'b', 'é']) {
            await embedded.client.send(
              new DeleteItemCommand({ TableName: 'state', Key: { pk: { S: pk }, sk: { S: sk } } }),
            )
          }
        }
        for (const make of commands) {
          const wanted = await outcome(embedded.client, make())
          // what DynamoDB refuses, such as an operand of a wrong type, no adapter sends
          if (wanted === 'refused') continue
          expect(await outcome(simulated, make())).toEqual(wanted)
          compared += 1
        }
        const read = () =>
          new GetItemCommand({
            TableName: 'state',
            Key: { pk: { S: 'p' }, sk: { S: 'a' } },
            ConsistentRead: true,
          })
        expect(await outcome(simulated, read())).toEqual(await outcome(embedded.client, read()))
      }),
      { numRuns: 150 },
    )
    expect(compared).toBeGreaterThan(200)
  })
})
