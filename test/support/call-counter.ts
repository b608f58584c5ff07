/** Counts the calls that a client makes, by operation, for tests of how many a cycle may make. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

export interface CallCounter {
  readonly total: () => number
  /** By operation, e.g. `PutItem`. */
  readonly byOperation: () => Readonly<Record<string, number>>
  readonly reset: () => void
}

/** Starts counting. Repetitions by the client itself count as one call. */
export function countCalls(client: DynamoDBClient): CallCounter {
  const counts = new Map<string, number>()
  client.middlewareStack.add(
    (next, context) => (args) => {
      const operation = (context.commandName ?? 'unknown').replace(/Command$/, '')
      counts.set(operation, (counts.get(operation) ?? 0) + 1)
      return next(args)
    },
    { step: 'initialize', name: 'countCalls', override: true },
  )
  return {
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    byOperation: () => Object.fromEntries(counts),
    reset: () => counts.clear(),
  }
}
