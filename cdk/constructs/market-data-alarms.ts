/** Alarms on the deployment's own producer of bars (docs/market-data.md). */
import { Duration } from 'aws-cdk-lib'
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { METRICS } from '../../lib/domain/metric-names.ts'
import type { Alarms } from './alarms.ts'

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

export function addMarketDataAlarms(alarms: Alarms, fn: IFunction): void {
  alarms.watch('market-data', fn)
  alarms.alarm('market-data-silent', {
    // counted in open sessions alone, by the exchange's calendar, holidays and early closes included
    metric: alarms.sum('market-data', METRICS.marketDataSilent, MINUTE),
    threshold: 1,
    description:
      'No bar of any symbol for three minutes of an open session. torghut doctor, then torghut logs --function market-data.',
  })
  alarms.alarm('market-data-troubled', {
    metric: alarms.sum('market-data', METRICS.marketDataTroubles, FIVE_MINUTES),
    threshold: 1,
    description:
      'Bars were refused, late or unreadable, or a signal could not be made of one. torghut logs --function market-data.',
  })
  alarms.alarm('market-data-stopped', {
    metric: alarms.sum('market-data', METRICS.marketDataRuns, FIVE_MINUTES),
    threshold: 1,
    belowFor: 1,
    missing: TreatMissingData.BREACHING,
    description: 'The producer of bars does not run: no signals come. torghut logs --function market-data.',
  })
}
