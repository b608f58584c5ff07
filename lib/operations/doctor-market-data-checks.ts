/** What `torghut doctor` finds of the deployment's own producer of bars: subscription, key, feed, freshness (docs/market-data.md). */
import { marketDataSource, marketDataUrl } from '../domain/market-data-source.ts'
import { asEpochMs } from '../domain/time.ts'
import { singleAccount } from '../flags/account-registry.ts'
import { isDaily, ONE_MINUTE } from '../market/timeframe.ts'
import type { BarTrouble } from '../ports/bar-source.ts'
import { SAID_AFTER_MS } from '../series/silence.ts'
import { type Wanted, wantedSeries } from '../series/wanted-series.ts'
import type { Deployment, DeployedFleet } from './deployment.ts'
import { fail, ok, warn, type Check } from './doctor.ts'
import { readMarketData } from './market-data-status.ts'

type Found = ReturnType<Check['run']>
type Told = Awaited<Found>[number]

/** A signal of Friday's close is traded after the next session has opened, on Tuesday at the latest. */
const LONG_SECONDS = 345_600
const NAMED = 10
const HOUR_MS = 3_600_000

export async function checkMarketData(fleet: DeployedFleet, deployment: Deployment): Found {
  const { settings } = fleet
  const { stage } = deployment
  if (settings.marketData === 'off') return []
  const findings: Told[] = []
  if ((await deployment.infrastructure.functionFlags('market-data')) === null) {
    const deploy = `npx cdk deploy -c stage=${stage} -c marketDataAccount=${settings.marketDataAccount}`
    findings.push(
      fail('TRADING_MARKET_DATA is on, and nothing is deployed that reads bars', `Deploy it: ${deploy}`),
    )
  }
  const source = marketDataSource(settings.marketDataFeed)
  if (settings.signalSource !== source) {
    const set = `torghut flags set TRADING_SIGNAL_SOURCE ${source} --stage ${stage}`
    findings.push(
      warn(`bars go to ${source}, and lanes read ${settings.signalSource}`, `Let them read it: ${set}`),
    )
  }
  const wanted = await wantedOf(deployment)
  for (const { strategyId, reason } of wanted.unasked) {
    findings.push(
      warn(`${strategyId}: ${reason}`, 'Change its symbols or timeframe, or send its signals yourself.'),
    )
  }
  if (
    wanted.series.some(({ timeframe }) => isDaily(timeframe)) &&
    settings.signalMaxAgeSeconds < LONG_SECONDS
  ) {
    const set = `torghut flags set TRADING_SIGNAL_MAX_AGE_SECONDS 432000 --stage ${stage}`
    findings.push(
      warn('a bar of a day is stored with the next opening, when its signal is too old to be traded', set),
    )
  }
  return [
    ...findings,
    await checkFeed(fleet, deployment, wanted),
    ...(await checkFreshness(fleet, deployment)),
  ]
}

async function wantedOf({ stores }: Deployment): Promise<Wanted> {
  const hash = await stores.catalog.currentHash()
  const catalog = hash === null ? null : await stores.catalog.readRevision(hash)
  return wantedSeries(catalog?.strategies ?? [])
}

/** Asks for the last hour of one symbol, as the producer does. */
async function checkFeed(
  { settings, accounts }: DeployedFleet,
  deployment: Deployment,
  { series }: Wanted,
): Promise<Told> {
  const { marketDataAccount: label, marketDataFeed: feed } = settings
  const account = accounts.find((one) => one.label === label) ?? singleAccount(settings)
  const baseUrl = marketDataUrl(account.target)
  const bars = await deployment.openBars({
    baseUrl,
    feed,
    credentials: await deployment.credentials.read(label),
  })
  const now = deployment.clock.now()
  const symbols = [series[0]?.symbol ?? 'SPY']
  const { trouble } = await bars.readBars({
    symbols,
    timeframe: ONE_MINUTE,
    from: asEpochMs(now - HOUR_MS),
    to: now,
  })
  return trouble === null
    ? ok(`${baseUrl} gives bars of ${feed} to the key of ${label}`)
    : troubleFound(trouble, label, feed)
}

function troubleFound(trouble: BarTrouble, label: string, feed: string): Told {
  if (trouble.kind === 'rate_limited')
    return warn(
      'bars: too many requests at present',
      'Others use this key, or another deployment does: give one a key of its own.',
    )
  if (trouble.kind === 'unavailable')
    return fail(`bars cannot be read: ${trouble.reason}`, 'Try again; see status.alpaca.markets.')
  if (trouble.status === 401)
    return fail(`the key of ${label} is refused (401)`, `torghut accounts put-credentials ${label}`)
  const advice =
    feed === 'sip'
      ? 'Its plan has no SIP data of the last 15 minutes: take TRADING_MARKET_DATA_FEED=iex, or a plan that has.'
      : `Is it a key of this broker? torghut accounts put-credentials ${label}`
  return fail(`bars of ${feed} are refused (${trouble.status}): ${trouble.reason}`, advice)
}

async function checkFreshness({ settings }: DeployedFleet, deployment: Deployment): Promise<readonly Told[]> {
  const status = await readMarketData(settings, deployment)
  if (status === null)
    return [warn('no strategies were applied: no bars are read', 'torghut strategies apply FILE')]
  const { series } = status
  const never = series.filter(({ lastBar }) => lastBar === null)
  const behind = series.filter(
    ({ lastBar, lagSeconds }) =>
      lastBar !== null && lagSeconds !== null && lagSeconds * 1000 >= SAID_AFTER_MS,
  )
  const names = (some: typeof series) =>
    `${some
      .slice(0, NAMED)
      .map(({ symbol, timeframe }) => `${symbol} ${timeframe}`)
      .join(', ')}${some.length > NAMED ? ' ...' : ''}`
  return [
    ...(never.length === 0
      ? []
      : [
          warn(`no bar yet: ${names(never)}`, 'A new series begins with its first bar; is the symbol right?'),
        ]),
    ...(behind.length === 0
      ? []
      : [
          warn(
            `no bar for a quarter of an hour: ${names(behind)}`,
            'Halted, hardly traded on this feed, or the producer fails: torghut logs --function market-data.',
          ),
        ]),
    ...(never.length + behind.length === 0 ? [ok(`${series.length} series are up to date`)] : []),
  ]
}
