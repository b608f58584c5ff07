/**
 * Moving dead letters back to the queue they came from.
 *
 * Invariants: a message is deleted from the dead letters only after its queue took it; group and order are kept;
 * the deduplication id is a new one that follows from the dead letter's own id, since the old one may still be
 * remembered by the queue, which would swallow the message, and an interrupted redrive must not send twice.
 */
import type { QueueName } from '../domain/deployment-parts.ts'
import type { QueueOperations, QueuePlace } from '../ports/queue-operations.ts'
import { HIDDEN_SECONDS } from './dead-letters.ts'

export interface RedriveOutcome {
  readonly moved: number
  /** The queue did not take them; they are still dead letters. */
  readonly failed: number
}

/** Moves the dead letters that are there now; those that arrive meanwhile stay. */
export async function redrive(
  queues: QueueOperations,
  queue: QueueName,
  progress: (moved: number) => void = () => {},
): Promise<RedriveOutcome> {
  const place: QueuePlace = { queue, deadLetters: true }
  const depth = await queues.depth(place)
  if (depth === null) return { moved: 0, failed: 0 }
  const most = depth.waiting + depth.inFlight
  const sender = await queues.sender(queue)
  let moved = 0
  while (moved < most) {
    const messages = await queues.receive(place, HIDDEN_SECONDS)
    if (messages.length === 0) break
    const { failed } = await sender.send(
      messages.map(({ groupId, messageId, body }) => ({
        groupId,
        deduplicationId: redriveId(messageId),
        body,
      })),
    )
    const refused = messages.filter(({ messageId }) => failed.includes(redriveId(messageId)))
    await queues.remove(
      place,
      messages.filter((message) => !refused.includes(message)),
    )
    moved += messages.length - refused.length
    progress(moved)
    if (refused.length > 0) {
      await queues.release(place, refused)
      return { moved, failed: refused.length }
    }
  }
  return { moved, failed: 0 }
}

function redriveId(messageId: string): string {
  return `redrive-${messageId}`
}
