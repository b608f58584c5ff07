/** Structured records that a deployed function wrote. */
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'

export type LogRecord = Readonly<Record<string, unknown>>

/** JSON records only: the platform's own lines (START, END, REPORT) are left out. */
export async function logRecords(client: CloudWatchLogsClient, logGroupName: string): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  let nextToken: string | undefined
  do {
    const page = await client.send(
      new FilterLogEventsCommand({ logGroupName, ...(nextToken === undefined ? {} : { nextToken }) }),
    )
    for (const { message } of page.events ?? []) {
      if (message?.startsWith('{') === true) records.push(JSON.parse(message) as LogRecord)
    }
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return records
}
