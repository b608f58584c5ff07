/** Ticks over a queue that carries texts: what dispatch sends where its lanes run in other processes. */
import type { TickMessage } from '../domain/tick-message.ts'
import { encodeTick } from '../formats/tick-codec.ts'
import type { Queue } from '../ports/queue.ts'

export function tickQueue(queue: Queue): Queue<TickMessage> {
  return {
    send: (ticks) =>
      queue.send(
        ticks.map(({ groupId, deduplicationId, body }) => {
          return { groupId, deduplicationId, body: encodeTick(body) }
        }),
      ),
  }
}
