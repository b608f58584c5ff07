/** `torghut dlq list|redrive`: the dead letters of a stage's queues. */
import { QUEUE_NAMES, type QueueName } from '../../domain/deployment-parts.ts'
import { formatInstant } from '../../domain/time.ts'
import { instantText, integer, list, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { QueuedMessage } from '../../ports/queue-operations.ts'
import { peekDeadLetters, redrive } from '../../operations/redrive.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Cell } from '../terminal/output.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

interface DlqOptions extends StageOption {
  readonly queue?: QueueName
}

const BODY_SHOWN = 60

export async function listDeadLetters(context: CliContext, options: DlqOptions): Promise<ExitCode> {
  const { output } = context
  const { queues } = await openChosenDeployment(context, options)
  const rows = []
  for (const queue of chosenQueues(options)) {
    const depth = await queues.depth({ queue, deadLetters: true })
    if (depth === null) continue
    const count = depth.waiting + depth.inFlight
    const messages = count === 0 ? [] : await peekDeadLetters(queues, queue)
    rows.push({ queue, count, messages })
  }
  if (options.json) {
    await output.printJson(
      rows.map(({ queue, count, messages }) => ({
        queue,
        count,
        messages: deadLettersJson.encode(messages),
      })),
    )
    return EXIT.ok
  }
  const cells: Cell[][] = []
  for (const { queue, count, messages } of rows) {
    cells.push([queue, count, '', '', ''])
    for (const message of messages) cells.push(['', '', ...cellsOf(message)])
  }
  await output.printTable(['queue', 'dead letters', 'group', 'sent', 'message'], cells)
  return EXIT.ok
}

const deadLettersJson = list(
  record(
    {
      messageId: text(),
      groupId: text(),
      deduplicationId: text(),
      sentAt: nullable(instantText),
      receiveCount: integer,
      body: text(),
    },
    { names: { groupId: 'group' } },
  ),
)

function cellsOf({ groupId, sentAt, receiveCount, body }: QueuedMessage): Cell[] {
  const shown = body.length > BODY_SHOWN ? `${body.slice(0, BODY_SHOWN)}...` : body
  const sent = sentAt === null ? '' : formatInstant(sentAt)
  return [groupId, sent, `${shown} (received ${receiveCount} times)`]
}

export async function redriveAll(context: CliContext, options: DlqOptions): Promise<ExitCode> {
  const { output } = context
  const { queues } = await openChosenDeployment(context, options)
  const results = []
  for (const queue of chosenQueues(options)) {
    const outcome = await redrive(queues, queue, (moved) => {
      if (output.isWatched) output.note(`${queue}: ${moved} moved`)
    })
    results.push({ queue, ...outcome })
  }
  if (options.json) await output.printJson(results)
  else {
    for (const { queue, moved, failed } of results) {
      const refused = failed === 0 ? '' : `, ${failed} not taken by the queue`
      await output.print(`${queue}: ${moved} moved back${refused}`)
    }
  }
  return results.some(({ failed }) => failed > 0) ? EXIT.negative : EXIT.ok
}

function chosenQueues({ queue }: DlqOptions): readonly QueueName[] {
  return queue === undefined ? QUEUE_NAMES : [queue]
}
