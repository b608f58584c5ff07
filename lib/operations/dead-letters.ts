/**
 * Looking at dead letters, and deleting those that nobody needs.
 *
 * Invariant: what is only looked at is given back at once, in the order of its group.
 */
import type { QueueName } from '../domain/deployment-parts.ts'
import type { QueuedMessage, QueueOperations, QueuePlace } from '../ports/queue-operations.ts'

/** Long enough for one command; what a command that dies has taken is given back after it. */
export const HIDDEN_SECONDS = 60
/** The most messages that one request takes. */
const AT_ONCE = 10

/** Up to ten dead letters per call; others see them again at once. */
export async function peekDeadLetters(
  queues: QueueOperations,
  queue: QueueName,
): Promise<readonly QueuedMessage[]> {
  const place: QueuePlace = { queue, deadLetters: true }
  const messages = await queues.receive(place, HIDDEN_SECONDS)
  await queues.release(place, messages)
  return messages
}

/** Dead letters that an operator names by their ids. */
export interface NamedDeadLetters {
  readonly found: readonly QueuedMessage[]
  readonly missing: readonly string[]
}

/** Dead letters by their ids, or all of them; others see them again at once. */
export function readDeadLetters(
  queues: QueueOperations,
  queue: QueueName,
  ids: readonly string[] | null,
): Promise<NamedDeadLetters> {
  return withDeadLetters(queues, queue, ids, (found, place) => releaseAll(queues, place, found))
}

/** Deletes dead letters by their ids, or all that are there now. */
export function dropDeadLetters(
  queues: QueueOperations,
  queue: QueueName,
  ids: readonly string[] | null,
): Promise<NamedDeadLetters> {
  return withDeadLetters(queues, queue, ids, (found, place) => removeAll(queues, place, found))
}

/** Takes letters until those named are among them, does something with these, and gives the others back. */
async function withDeadLetters(
  queues: QueueOperations,
  queue: QueueName,
  ids: readonly string[] | null,
  use: (found: readonly QueuedMessage[], place: QueuePlace) => Promise<void>,
): Promise<NamedDeadLetters> {
  const place: QueuePlace = { queue, deadLetters: true }
  const depth = await queues.depth(place)
  const most = depth === null ? 0 : depth.waiting + depth.inFlight
  const seen = new Map<string, QueuedMessage>()
  while (seen.size < most && !(ids?.every((id) => seen.has(id)) ?? false)) {
    const messages = (await queues.receive(place, HIDDEN_SECONDS)).filter(
      ({ messageId }) => !seen.has(messageId),
    )
    if (messages.length === 0) break
    for (const message of messages) seen.set(message.messageId, message)
  }
  const found = [...seen.values()].filter(({ messageId }) => ids?.includes(messageId) ?? true)
  await use(found, place)
  const kept = [...seen.values()].filter((message) => !found.includes(message))
  await releaseAll(queues, place, kept)
  const missing = (ids ?? []).filter((id) => !seen.has(id))
  return { found, missing }
}

/** Gives back what was only looked at. */
async function releaseAll(
  queues: QueueOperations,
  place: QueuePlace,
  messages: readonly QueuedMessage[],
): Promise<void> {
  for (let from = 0; from < messages.length; from += AT_ONCE) {
    await queues.release(place, messages.slice(from, from + AT_ONCE))
  }
}

/** Deletes dead letters. */
async function removeAll(
  queues: QueueOperations,
  place: QueuePlace,
  messages: readonly QueuedMessage[],
): Promise<void> {
  for (let from = 0; from < messages.length; from += AT_ONCE) {
    await queues.remove(place, messages.slice(from, from + AT_ONCE))
  }
}
