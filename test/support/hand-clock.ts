/** A clock that stands still until the test moves it; both of its readings move together. */
import { type EpochMs, asEpochMs, asMonotonicMs, instant } from '../../lib/domain/time.ts'
import type { Clock } from '../../lib/ports/clock.ts'

export class HandClock implements Clock {
  at: EpochMs

  constructor(at: EpochMs | string) {
    this.at = typeof at === 'string' ? instant(at) : at
  }

  now = () => this.at
  monotonic = () => asMonotonicMs(this.at)

  set(at: EpochMs | string): void {
    this.at = typeof at === 'string' ? instant(at) : at
  }

  advance(milliseconds: number): void {
    this.at = asEpochMs(this.at + milliseconds)
  }

  pass(seconds: number): void {
    this.advance(seconds * 1000)
  }
}
