/** What streaming bars into a stage's log takes beside what every verb has: opened where it is asked for. */
import type { RetentionDays } from '../domain/retention.ts'
import type { BarSource, BarSourceOptions } from '../ports/bar-source.ts'
import type { BarStreams } from '../ports/bar-streams.ts'
import type { DispatchAsker } from '../ports/dispatch-asker.ts'
import type { FoldStore } from '../ports/fold-store.ts'
import type { ForwarderLease } from '../ports/forwarder-lease.ts'

import type { ProducerDeps } from '../producer/produce-bars.ts'

export interface BarStreaming {
  /** Of who streams a source. */
  readonly lease: ForwarderLease
  readonly streams: BarStreams
  /** Where closed bars are read. Sends nothing yet. @throws ConfigurationError */
  readonly openBars: (options: BarSourceOptions) => Promise<BarSource>
  /** The log and the folds beside it, whose rows are kept for so long. */
  readonly openLog: (retentionDays: RetentionDays) => {
    readonly signals: ProducerDeps['signals']
    readonly folds: FoldStore
  }
  /** Asks for ticks after signals. */
  readonly dispatcher: DispatchAsker
}
