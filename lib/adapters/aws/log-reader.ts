/** The functions' logs in CloudWatch Logs, filtered there (its user guide, "Filter pattern syntax": a quoted phrase). */
import { FilterLogEventsCommand, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { DeploymentNames } from '../../deployment/names.ts'
import type { FunctionName } from '../../domain/deployment-parts.ts'
import { asEpochMs, type EpochMs } from '../../domain/time.ts'
import type { LogLine, LogReader } from '../../ports/log-reader.ts'
import { type AwsPlace, callAws } from './calls.ts'

/** What a stage is deployed with that has these functions; the others are in each. */
const WANTED: Partial<Record<FunctionName, string>> = {
  digest: 'a stage that is deployed with -c digestHours',
  'market-data': 'a stage that is deployed with -c marketDataAccount',
}

export function cloudWatchLogReader(
  logs: CloudWatchLogsClient,
  place: AwsPlace,
  names: DeploymentNames,
): LogReader {
  return {
    read: async function* read(
      name: FunctionName,
      since: EpochMs,
      holding?: string,
      until?: EpochMs,
    ): AsyncIterable<LogLine> {
      const logGroupName = names.logGroup(name)
      let nextToken: string | undefined
      do {
        const command = new FilterLogEventsCommand({
          logGroupName,
          startTime: since,
          nextToken,
          ...(until === undefined ? {} : { endTime: until }),
          ...(holding === undefined ? {} : { filterPattern: `"${holding}"` }),
        })
        const page = await callAws(place, `reading log group ${logGroupName}`, () => logs.send(command), {
          errors: ['ResourceNotFoundException'],
          what: `log group ${logGroupName}`,
          allowed: WANTED[name] ?? 'a deployed stage',
        })
        for (const { eventId = '', timestamp = 0, message = '' } of page.events ?? []) {
          // a term of a pattern may match more than the text as it stands
          if (holding !== undefined && !message.includes(holding)) continue
          yield { id: eventId, at: asEpochMs(timestamp), function: name, text: message.trimEnd() }
        }
        nextToken = page.nextToken
      } while (nextToken !== undefined)
    },
  }
}
