/** `torghut stream`: bars from the market's streams to the source of the stage's own producer (docs/market-data.md). */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { version } from '../../../package.json'
import { accountLabel } from '../../domain/account-label.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { marketDataSource, marketStreamUrl } from '../../domain/market-data-source.ts'
import type { RawValues } from '../../domain/settings.ts'
import { isCrypto } from '../../domain/symbol.ts'
import { momentOf } from '../../domain/time.ts'
import { resolveMarketData } from '../../flags/fleet.ts'
import { violation } from '../../formats/violations.ts'
import { CountedMetrics } from '../../local/counted-metrics.ts'
import { localTelemetry } from '../../local/local-telemetry.ts'
import { ONE_MINUTE } from '../../market/timeframe.ts'
import type { Deployment } from '../../operations/deployment.ts'
import type { LeasedEnd, LeasedState } from '../../operations/hold-lease.ts'
import { streamBars, type WantedStreams } from '../../operations/stream-bars.ts'
import { DeployedProducer } from '../../producer/deployed-producer.ts'
import { LiveBars } from '../../producer/live-bars.ts'
import { foldVersion } from '../../series/fold-version.ts'
import { wantedSeries } from '../../series/wanted-series.ts'
import { askForTicks, StoredPositions } from '../../signals/stored-positions.ts'
import type { CliContext } from '../context.ts'
import { pauseUntil, runLong } from '../long-running.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'

interface StreamOptions extends StageOption {
  readonly healthPort?: number
}

const WORDS: Readonly<Record<LeasedState, string>> = {
  waiting: 'another process streams these bars; waiting to take over',
  connecting: 'connecting to the stream of bars',
  listening: 'listening',
  lost: 'the connection is lost; connecting again',
}
/** No run is ever short of time. */
const PLENTY_MS = 600_000

/** Runs until it is interrupted, or refused. @throws ConfigurationError, InUseError for a port that is taken */
export async function streamMarket(context: CliContext, options: StreamOptions): Promise<ExitCode> {
  const deployment = await openChosenDeployment(context, options)
  const { output } = context
  const { clock } = deployment
  const { lease, streams, openBars, openLog, dispatcher } = await deployment.openBarStreaming()
  const { TORGHUT_RETENTION_DAYS: days, TORGHUT_CODE_VERSION: codeVersion = version } =
    (await deployment.infrastructure.functionEnvironment('lane')) ?? {}
  const source = marketDataSource((await inForce(deployment)).settings.marketDataFeed)
  const live = new LiveBars()
  const counted = new CountedMetrics()
  const telemetry = localTelemetry((line) => output.note(line), counted)
  const own = await context.deployedIndicators()
  const producer = new DeployedProducer({
    environment: await environmentOf(deployment),
    flags: {
      readNamed: async () => ({
        values: await deployment.flags.readAll(),
        versions: {},
        readAt: momentOf(clock),
      }),
    },
    catalog: deployment.stores.catalog,
    ...openLog(days === undefined ? null : Number(days)),
    own,
    version: foldVersion(own, codeVersion),
    credentials: (account) => deployment.credentials.read(account),
    openBars: async (opened) => live.before(await openBars(opened)),
    clock,
    // what is live is there at once; what is asked for is asked again with the next minute
    pause: async () => sleep(0),
    telemetry,
    appended: async (name, position) => {
      const stored = new StoredPositions()
      stored.note(name, position)
      await askForTicks(stored, 'stream', { dispatcher, clock, telemetry })
    },
  })
  const deps = {
    lease,
    clock,
    telemetry,
    pause: pauseUntil,
    owner: randomUUID(),
    streams,
    live,
    wanted: () => wantedStreams(deployment),
    produce: (isPartial: boolean) => producer.run(() => PLENTY_MS, isPartial),
  }
  const { healthPort } = options
  const end = await runLong(
    { name: source, words: WORDS, healthPort, counted, output, now: () => clock.now() },
    (running) => streamBars(accountLabel(source), deps, running),
  )
  return ended(end, source, context, options)
}

async function ended(
  end: LeasedEnd,
  source: string,
  { output }: CliContext,
  { json, stage = 'dev' }: StreamOptions,
): Promise<ExitCode> {
  if (end.kind === 'refused') {
    throw new ConfigurationError(
      'The stream of bars',
      [violation(source, end.reason, 'what the plan of the key has')],
      {
        advice: `torghut accounts put-credentials stores another key, torghut flags set TRADING_MARKET_DATA_FEED iex --stage ${stage} another feed.`,
      },
    )
  }
  if (json) await output.printJson({ source, ended: end.kind })
  return EXIT.ok
}

/** A stage that reads no bars itself may be fed by the stream alone. */
async function environmentOf({ infrastructure }: Deployment): Promise<RawValues> {
  return { TRADING_MARKET_DATA: 'alpaca', ...(await infrastructure.functionFlags('lane')) }
}

async function inForce(deployment: Deployment) {
  return resolveMarketData(await environmentOf(deployment), await deployment.flags.readAll())
}

/** @throws ConfigurationError, UnavailableError */
async function wantedStreams(deployment: Deployment): Promise<WantedStreams> {
  const { catalog } = deployment.stores
  const { settings, target } = await inForce(deployment)
  if (settings.marketData === 'off') {
    throw new ConfigurationError('The flags', [
      violation('TRADING_MARKET_DATA', 'off', 'alpaca, or no such flag'),
    ])
  }
  const hash = await catalog.currentHash()
  const revision = hash === null ? null : await catalog.readRevision(hash)
  const strategies = revision?.strategies ?? []
  const minutes = wantedSeries(strategies).series.filter(
    ({ timeframe }) => timeframe.name === ONE_MINUTE.name,
  )
  const symbols = minutes.map(({ symbol }) => symbol)
  const credentials = await deployment.credentials.read(settings.marketDataAccount)
  const groups = [
    {
      url: marketStreamUrl(target, `/v2/${settings.marketDataFeed}`),
      symbols: symbols.filter((one) => !isCrypto(one)),
    },
    { url: marketStreamUrl(target, '/v1beta3/crypto/us'), symbols: symbols.filter(isCrypto) },
  ]
  return { streams: groups.filter((group) => group.symbols.length > 0), credentials }
}
