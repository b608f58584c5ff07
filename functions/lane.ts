/** Runs a cycle of one lane, one message at a time (design section 3). Thin: parse, wire, call the library. */
import { Logger } from '@aws-lambda-powertools/logger'
import type { SQSEvent } from 'aws-lambda'
import { parseFunctionEnvironment } from '../lib/config/function-environment.ts'

export async function handler(event: SQSEvent): Promise<void> {
  const environment = parseFunctionEnvironment('lane', process.env)
  const logger = new Logger()
  logger.info('messages received', { stage: environment.TORGHUT_STAGE, count: event.Records.length })
}
