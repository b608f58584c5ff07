/** `torghut dlq list|redrive|show|drop`: the dead letters of a stage's queues. */
import { QUEUE_NAMES, type QueueName } from '../../domain/deployment-parts.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { parseJson } from '../../domain/parse-json.ts'
import type { EpochMs } from '../../domain/time.ts'
import { violation } from '../../formats/violations.ts'
import { instantText, integer, list, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { QueuedMessage } from '../../ports/queue-operations.ts'
import { dropDeadLetters, peekDeadLetters, readDeadLetters } from '../../operations/dead-letters.ts'
import { redrive } from '../../operations/redrive.ts'
import type { CliContext } from '../context.ts'
import { withAge } from '../terminal/age.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Output } from '../terminal/output.ts'
import { confirmLabel } from '../terminal/prompt.ts'
import type { Cell } from '../terminal/table.ts'
import { flagTarget, openChosenDeployment, type StageOption } from '../target.ts'
import { readLayers } from './flag-layers.ts'
import { defaultLabel } from './kill.ts'

interface DlqOptions extends StageOption {
  readonly queue?: QueueName
}

interface DropOptions extends DlqOptions {
  readonly all?: true
  readonly confirm?: string
}

const BODY_SHOWN = 60

export async function listDeadLetters(context: CliContext, options: DlqOptions): Promise<ExitCode> {
  const { output } = context
  const { queues, clock } = await openChosenDeployment(context, options)
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
    cells.push([queue, count, '', '', '', ''])
    for (const message of messages) cells.push(['', '', ...cellsOf(message, clock.now())])
  }
  await output.printTable(['queue', 'dead letters', 'id', 'group', 'sent', 'message'], cells)
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

function cellsOf({ messageId, groupId, sentAt, receiveCount, body }: QueuedMessage, now: EpochMs): Cell[] {
  const shown = body.length > BODY_SHOWN ? `${body.slice(0, BODY_SHOWN)}...` : body
  const sent = sentAt === null ? '' : withAge(sentAt, now)
  return [messageId, groupId, sent, `${shown} (received ${receiveCount} times)`]
}

export async function showDeadLetters(
  context: CliContext,
  options: DlqOptions,
  ...words: readonly string[]
): Promise<ExitCode> {
  const { output } = context
  const { queues, clock } = await openChosenDeployment(context, options)
  const ids = words.flat()
  const missing = new Set(ids)
  const shown: QueuedMessage[] = []
  for (const queue of chosenQueues(options)) {
    const { found } = await readDeadLetters(queues, queue, ids)
    for (const message of found) missing.delete(message.messageId)
    shown.push(...found)
    for (const message of options.json ? [] : found) {
      const [id, group, sent] = cellsOf(message, clock.now())
      await output.print(
        `${queue} ${id}, group ${group}, sent ${sent}, received ${message.receiveCount} times`,
      )
      await output.print(indented(message.body))
    }
  }
  if (options.json) await output.printJson(deadLettersJson.encode(shown))
  noteMissing(output, missing)
  return missing.size > 0 ? EXIT.negative : EXIT.ok
}

export async function dropLetters(
  context: CliContext,
  options: DropOptions,
  ...words: readonly string[]
): Promise<ExitCode> {
  const { output } = context
  const ids = words.flat()
  if ((ids.length === 0) === (options.all !== true)) {
    throw new ConfigurationError('The command line', [
      violation('torghut dlq drop', ids.length === 0 ? 'no message' : 'messages and --all', 'ids, or --all'),
    ])
  }
  const { queues, stage } = await openChosenDeployment(context, options)
  const which = ids.length === 0 ? 'all dead letters' : `the dead letters ${ids.join(', ')}`
  const what = `This deletes ${which} of ${chosenQueues(options).join(', ')} on stage ${stage}, for good.`
  const label = defaultLabel(await readLayers(await flagTarget(context, options)))
  await confirmLabel(context, what, label, options.confirm)
  const missing = new Set(ids)
  const results = []
  for (const queue of chosenQueues(options)) {
    const { found } = await dropDeadLetters(queues, queue, ids.length === 0 ? null : ids)
    for (const { messageId } of found) missing.delete(messageId)
    results.push({ queue, dropped: found.length })
    if (!options.json && found.length > 0) await output.print(`${queue}: ${found.length} deleted`)
  }
  if (options.json) await output.printJson(results)
  noteMissing(output, missing)
  return missing.size > 0 ? EXIT.negative : EXIT.ok
}

function noteMissing(output: Output, missing: ReadonlySet<string>): void {
  for (const id of missing)
    output.note(`There is no dead letter ${id}, or somebody else looks at it just now.`)
}

/** JSON over several lines; any other text as it is. */
function indented(body: string): string {
  const parsed = parseJson(body)
  return parsed === undefined ? body : JSON.stringify(parsed, null, 2)
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
