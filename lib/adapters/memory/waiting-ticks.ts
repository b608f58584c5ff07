/** Which ticks after signals wait, in memory. */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { LogPosition } from '../../domain/signal.ts'
import type { Clock } from '../../ports/clock.ts'
import { NOTE_KEPT_SECONDS, type WaitingTicks } from '../../ports/waiting-ticks.ts'

interface Note {
  readonly position: number
  readonly waits: boolean
  readonly notedSecond: number
}

export class MemoryWaitingTicks implements WaitingTicks {
  readonly #notes = new Map<string, Note>()
  readonly #clock: Pick<Clock, 'now'>

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  async note(account: AccountLabel, { source, position }: LogPosition): Promise<boolean> {
    const key = keyOf(account, source)
    const now = Math.floor(this.#clock.now() / 1000)
    const known = this.#notes.get(key)
    const isFresh = known !== undefined && Math.abs(now - known.notedSecond) <= NOTE_KEPT_SECONDS
    if (isFresh && (known.waits || known.position >= position)) return false
    this.#notes.set(key, { position, waits: true, notedSecond: now })
    return true
  }

  async begun(account: AccountLabel, { source, position }: LogPosition): Promise<void> {
    const key = keyOf(account, source)
    const known = this.#notes.get(key)
    if (known?.position === position) this.#notes.set(key, { ...known, waits: false })
  }
}

function keyOf(account: AccountLabel, source: string): string {
  return JSON.stringify([account, source])
}
