/**
 * What holds of ticks after signals: at most one waits for an account, none ends idle below the position that it names, and
 * once nothing fails any more a signal is dealt with soon after it was appended, whatever the schedule.
 */
import type { TickOutcome } from '../../../lib/lanes/handle-tick.ts'
import type { Finding } from './execution-rules.ts'
import type { QueuedMessage } from './fifo-queue.ts'
import type { Invocation } from './host.ts'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Evidence } from './observed.ts'
import { sourceOf } from './scenario.ts'
import { accountOfKey, number } from './stored.ts'

const UP_TO = /^(.+)#(\d+)$/
/** A note of a tick that waits counts for a minute, by clocks that are seconds apart. */
const NOTE_COUNTS_MS = 50_000
/** An event is at most a minute late, by its instant floored to the minute; nothing is dead so soon. */
const OLDEST_SENT_MS = 150_000
/** What was left when the faults stopped holds nobody up any more: a killed run's message, and the run after it. */
const LEFT_OVERS_MS = 130_000
/** Of all functions on the way, some of them busy with the schedule's tick. */
const SOON_MS = 15_000

interface SaidOfSettings {
  readonly settings?: Readonly<Record<string, string>>
}

/** The position that a message of the lane queue names; null: it is no tick after signals. */
export function upToOf({ settings }: SaidOfSettings): number | null {
  const [, , position] = UP_TO.exec(settings?.['up_to'] ?? '') ?? []
  return position === undefined ? null : Number(position)
}

/** When the tick of a message was noted, which is before it is sent: its dispatcher may be frozen between the two. */
export class NotedTicks {
  readonly #notedAt = new Map<string, number>()

  wrote(item: Attributes, now: number): void {
    if (item['waits']?.BOOL === true) {
      this.#notedAt.set(`${accountOfKey(item) ?? ''}#${number(item, 'position')}`, now)
    }
  }

  /** Of a lane's group, when a message of it is taken. */
  judge(messages: readonly QueuedMessage[], group: string): readonly Finding[] {
    const notedAt = messages
      .flatMap((message) => {
        if (message.group !== group || message.receives > 0) return []
        const upTo = freshUpTo(message)
        return upTo === null ? [] : [this.#notedAt.get(`${group}#${upTo}`) ?? message.visibleAt]
      })
      .sort((left, right) => left - right)
    const isCrowd = notedAt.some((at, index) => index > 0 && at - (notedAt[index - 1] ?? at) < NOTE_COUNTS_MS)
    return isCrowd ? [['ticks-after-signals', `${notedAt.length} ticks after signals wait`]] : []
  }
}

/** Of a tick after signals as the dispatcher sent it, not one that an operator has moved back from the dead letters. */
function freshUpTo({ body, visibleAt }: QueuedMessage): number | null {
  const said = JSON.parse(body) as SaidOfSettings & { readonly tick_at: string }
  return visibleAt - Date.parse(said.tick_at) < OLDEST_SENT_MS ? upToOf(said) : null
}

export function judgeUpTo(
  account: string,
  upTo: number | null,
  outcome: TickOutcome,
  { mayBeStale }: Pick<Invocation, 'mayBeStale'>,
  { view, log, scenario }: Pick<Evidence, 'view' | 'log' | 'scenario'>,
): readonly Finding[] {
  if (upTo === null || outcome.kind !== 'cycle') return []
  const stale = mayBeStale.find((subject) => subject.startsWith('signals#'))
  if (stale !== undefined) return [['ticks-after-signals', `${stale} is read as it may have been before`]]
  const { kind } = outcome.run
  if (kind !== 'idle' && kind !== 'behind') return []
  const cursor = view.lane(account)?.cursor ?? 0
  return cursor < upTo && log.end(sourceOf(scenario)) >= upTo
    ? [['ticks-after-signals', `${account} is ${kind} at ${cursor}, the tick names ${upTo}`]]
    : []
}

/** A lane's cursor moves over these positions. */
export function judgeLag(
  from: number,
  to: number,
  calmSince: number | null,
  { scenario, kernel, log }: Pick<Evidence, 'scenario' | 'kernel' | 'log'>,
): readonly Finding[] {
  if (scenario.special?.kind !== 'signal_ticks' || calmSince === null) return []
  const found: Finding[] = []
  for (let position = from + 1; position <= to; position += 1) {
    const at = log.appendedAt(sourceOf(scenario), position)
    if (at === null || at < calmSince + LEFT_OVERS_MS || kernel.now - at <= SOON_MS) continue
    found.push(['ticks-after-signals', `${position} waited ${kernel.now - at} ms though nothing fails`])
  }
  return found
}
