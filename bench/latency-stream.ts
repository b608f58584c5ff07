/** `torghut stream` in this process, for `bench:latency`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AlpacaBarStreams } from '../lib/adapters/alpaca/bar-streams.ts'
import { accountLabel } from '../lib/domain/account-label.ts'
import { streamBars, type StreamBarsDeps, type WantedStreams } from '../lib/operations/stream-bars.ts'
import { MemoryForwarderLease } from '../test/support/memory-forwarder-lease.ts'
import { silentTelemetry as telemetry } from '../test/support/telemetry.ts'

interface Streaming extends Pick<StreamBarsDeps, 'clock' | 'live' | 'produce'> {
  readonly name: string
  readonly wanted: WantedStreams
  readonly stop: AbortSignal
}

/** Comes back once it listens; it goes on until it is stopped. */
export async function listening({ name, wanted, stop, ...own }: Streaming): Promise<void> {
  const deps: StreamBarsDeps = {
    ...own,
    lease: new MemoryForwarderLease(),
    owner: 'bench',
    telemetry,
    pause: async (milliseconds, until) => {
      await sleep(milliseconds, undefined, { signal: until }).catch(() => {})
    },
    streams: new AlpacaBarStreams(),
    wanted: async () => wanted,
  }
  await new Promise<void>((resolve, reject) => {
    const onState = (state: string): void => {
      if (state === 'listening') resolve()
    }
    streamBars(accountLabel(name), deps, { stop, onState }).catch(reject)
  })
}
