/** What the table asks of DynamoDB: single items strongly consistent, queries as they are told to, and every page. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'

/** Answers a query with two pages of one item each, and remembers what it was sent. */
function pagedTable(): { readonly table: ItemTable; readonly sent: Record<string, unknown>[] } {
  const sent: Record<string, unknown>[] = []
  const send = async ({ input }: { readonly input: Record<string, unknown> }): Promise<object> => {
    sent.push(input)
    const isSecond = input['ExclusiveStartKey'] !== undefined
    const key = { pk: { S: 'p' }, sk: { S: isSecond ? 'b' : 'a' } }
    return { Items: [key], ...(isSecond ? {} : { LastEvaluatedKey: key }) }
  }
  return { table: new ItemTable({ send } as unknown as DynamoDBClient, 'state'), sent }
}

async function keysOf(items: AsyncIterable<{ readonly [name: string]: unknown }>): Promise<unknown[]> {
  const keys: unknown[] = []
  for await (const { sk } of items) keys.push(sk)
  return keys
}

describe('an item', () => {
  it('is read strongly consistent', async () => {
    const { table, sent } = pagedTable()
    await table.get({ pk: 'p', sk: 'a' })
    expect(sent).toMatchObject([{ TableName: 'state', ConsistentRead: true }])
  })
})

describe('a query', () => {
  it.each([true, false])(
    'goes through every page, as consistent as it is asked for (%s)',
    async (consistent) => {
      const { table, sent } = pagedTable()
      expect(await keysOf(table.queryAll({ pk: 'p', prefix: '', consistent }))).toEqual(['a', 'b'])
      expect(sent.map(({ ConsistentRead }) => ConsistentRead)).toEqual([consistent, consistent])
      expect(sent[1]).toMatchObject({ ExclusiveStartKey: { pk: { S: 'p' }, sk: { S: 'a' } } })
    },
  )

  it('of open work goes through every page of the index', async () => {
    const { table, sent } = pagedTable()
    expect(await keysOf(table.queryOpen('p'))).toEqual(['a', 'b'])
    expect(sent).toMatchObject([{ IndexName: 'open' }, { IndexName: 'open' }])
  })
})
