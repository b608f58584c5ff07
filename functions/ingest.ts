/** Appends signals to the log of their source (design section 5). Thin: parse, wire, call the library. */
import { Logger } from '@aws-lambda-powertools/logger'
import type { SQSEvent } from 'aws-lambda'
import { parseFunctionEnvironment } from '../lib/config/function-environment.ts'

export async function handler(event: SQSEvent): Promise<void> {
  const environment = parseFunctionEnvironment('ingest', process.env)
  const logger = new Logger()
  logger.info('messages received', { stage: environment.TORGHUT_STAGE, count: event.Records.length })
}
