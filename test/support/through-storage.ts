/** An item as it comes back: through the very bytes that DynamoDB is sent. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Item } from '../../lib/adapters/dynamodb/table/item.ts'

export function throughStorage(item: Item): Item {
  const sent = JSON.stringify(marshall(item, { convertClassInstanceToMap: true }), binaryAsText)
  return unmarshall(JSON.parse(sent, textAsBinary)) as Item
}

/** Binary values travel as base64 under the type `B`. */
function binaryAsText(_type: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

function textAsBinary(type: string, value: unknown): unknown {
  return type === 'B' && typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value
}
