/** Applies trade updates of the broker to executions (design section 2). Thin: parse, wire, call the library. */
import { Logger } from '@aws-lambda-powertools/logger'
import type { SQSEvent } from 'aws-lambda'
import { parseFunctionEnvironment } from '../lib/config/function-environment.ts'

export async function handler(event: SQSEvent): Promise<void> {
  const environment = parseFunctionEnvironment('order-feed', process.env)
  const logger = new Logger()
  logger.info('messages received', { stage: environment.TORGHUT_STAGE, count: event.Records.length })
}
