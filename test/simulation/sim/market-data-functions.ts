/** The producer of bars and the process that streams them, wired as in functions/ and by `torghut stream`. */
// loading is real I/O, which a run must not wait for
import { openAlpacaBars } from '../../../lib/adapters/alpaca/bar-source.ts'
import { DynamoFoldStore } from '../../../lib/adapters/dynamodb/fold-store.ts'
import { DynamoSignalRows } from '../../../lib/adapters/dynamodb/signal-rows.ts'
import { readCredentials } from '../../../lib/adapters/ssm/credentials.ts'
import type { Indicator } from '../../../lib/domain/indicator.ts'
import type { RawValues } from '../../../lib/domain/settings.ts'
import type { BarSource } from '../../../lib/ports/bar-source.ts'
import { DeployedProducer } from '../../../lib/producer/deployed-producer.ts'
import { foldVersion } from '../../../lib/series/fold-version.ts'
import { askForTicks, StoredPositions } from '../../../lib/signals/stored-positions.ts'
import { StoredSignalLog } from '../../../lib/signals/stored-signal-log.ts'
import { countsAsPast } from '../../../lib/strategy/history.ts'
import type { BarApi } from './bar-api.ts'
import { responseOf } from './exchange.ts'
import { type FunctionDeps, kept } from './functions.ts'
import type { Host } from './host.ts'
import { highest } from '../../support/highest.ts'
import type { Requests } from './requests.ts'
import { CREDENTIALS_PATH, RETENTION_DAYS } from './stage-names.ts'

export const MARKET_DATA_TIMEOUT_MS = 55_000

export interface MarketDataDeps {
  readonly functions: FunctionDeps
  readonly requests: Requests
  readonly api: BarApi
}

export const OWN_INDICATORS: readonly Indicator[] = [highest]

export function marketDataFunction(host: Host, deps: MarketDataDeps): Promise<unknown> {
  const known = host.kept.get('bars') as DeployedProducer | undefined
  const producer =
    known ??
    producerOf(host, deps, 'market-data', deps.functions.environment, {
      front: (source) => source,
      pause: async (milliseconds) => {
        if (host.current !== null) await deps.functions.pause(host.current, milliseconds)
      },
    })
  host.kept.set('bars', producer)
  const deadline = host.clock.now() + MARKET_DATA_TIMEOUT_MS
  return producer.run(() => deadline - host.clock.now())
}

export interface ProducerWiring {
  /** In front of the source. */
  readonly front: (source: BarSource) => BarSource
  readonly pause: (milliseconds: number) => Promise<void>
}

export function producerOf(
  host: Host,
  { functions, requests, api }: MarketDataDeps,
  by: 'market-data' | 'stream',
  environment: RawValues,
  { front, pause }: ProducerWiring,
): DeployedProducer {
  const { stores, signals, parameters, flags } = kept(host, functions)
  const { telemetry } = functions
  const { clock } = host
  return new DeployedProducer({
    environment,
    flags,
    catalog: stores.catalog,
    signals: new StoredSignalLog(new DynamoSignalRows(signals), clock, RETENTION_DAYS, countsAsPast),
    folds: new DynamoFoldStore(signals),
    own: OWN_INDICATORS,
    version: foldVersion(OWN_INDICATORS, host.codeVersion),
    credentials: (account) => readCredentials(parameters, CREDENTIALS_PATH, account),
    openBars: async (options) =>
      front(openAlpacaBars({ ...options, fetch: fetchFrom(host, requests, api), timeoutMs: 0 })),
    clock,
    pause,
    telemetry,
    appended: async (source, position) => {
      const stored = new StoredPositions()
      stored.note(source, position)
      await askForTicks(stored, by, { dispatcher: functions.asker?.(host) ?? null, clock, telemetry })
    },
  })
}

function fetchFrom(host: Host, requests: Requests, api: BarApi): typeof fetch {
  return async (input, init) => {
    if (host.current === null) throw new Error(`process ${host.name} runs nothing`)
    // the broker's SDK sends plain objects
    const headers = (init?.headers ?? {}) as Readonly<Record<string, string>>
    const asked = {
      url: new URL(input instanceof Request ? input.url : input),
      keyId: headers['APCA-API-KEY-ID'] ?? '',
      secret: headers['APCA-API-SECRET-KEY'] ?? '',
    }
    return responseOf(await requests.send(host.current, api.request(asked)))
  }
}
