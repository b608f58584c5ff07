/**
 * A DynamoDB client of the emulator in the same process. It takes the commands that adapters send, and answers or throws
 * as the SDK's client does, without a request in between: most of what a call to the emulator takes is its
 * middleware, and texts that are made to be read at once. What commands look like on the wire is tested where
 * there is one (`torghut decisions` beside a run, the stage on an emulator).
 */
import * as sdk from '@aws-sdk/client-dynamodb'
import { isMap } from '../formats/codec.ts'
import type { Emulator } from './emulator.ts'

interface Command {
  readonly input: object
}

/** What each class of commands asks for; its own name is not kept in a bundle. */
const OPERATIONS: ReadonlyMap<unknown, string> = new Map(
  Object.entries(sdk).flatMap(([name, value]) =>
    name.endsWith('Command') ? [[value, name.slice(0, -'Command'.length)] as const] : [],
  ),
)

export function inProcessClient(emulator: Emulator): sdk.DynamoDBClient {
  const client = {
    send: async (command: Command): Promise<unknown> => {
      const operation = OPERATIONS.get(command.constructor) ?? ''
      const { status, body } = await emulator.answer(operation, onWire(command.input))
      const answer = withBytes(body)
      if (status === 200) return answer
      throw exceptionOf(status, isMap(answer) ? answer : {})
    },
    destroy: () => {},
  }
  // adapters and waiters call these alone
  return client as unknown as sdk.DynamoDBClient
}

/** A copy of its own, with bytes as texts. */
function onWire(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  }
  if (Array.isArray(value)) return value.map(onWire)
  const copy: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(value)) {
    if (part !== undefined) copy[name] = onWire(part)
  }
  return copy
}

/** Back again, in place: in an answer only an attribute of bytes has a text called `B`. */
function withBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const parts = value as Record<string, unknown>
  for (const name of Object.keys(parts)) {
    const part = parts[name]
    if (name === 'B' && typeof part === 'string') parts[name] = new Uint8Array(Buffer.from(part, 'base64'))
    else withBytes(part)
  }
  return value
}

/** `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, say. */
function exceptionOf(httpStatusCode: number, { __type: type, ...details }: Record<string, unknown>): Error {
  const name = String(type).split('#').at(-1) ?? ''
  const said = details['message'] ?? details['Message']
  const message = typeof said === 'string' ? said : name
  const options = { ...details, name, message, $fault: 'client' as const, $metadata: { httpStatusCode } }
  const classes = sdk as unknown as Readonly<Record<string, typeof sdk.DynamoDBServiceException | undefined>>
  return new (classes[name] ?? sdk.DynamoDBServiceException)(options)
}
