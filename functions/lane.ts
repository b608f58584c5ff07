/** Runs the lane of one message's account (docs/architecture.md#lane). Thin: parse, wire, call the library. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { Context, SQSEvent } from 'aws-lambda'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { handleTick, type TickOutcome } from '../lib/lanes/handle-tick.ts'
import { LaneRuntime } from './wiring/lane-runtime.ts'
import { observe } from './wiring/process.ts'

const environment = parseFunctionEnvironment('lane', process.env)
const { logger, metrics, telemetry } = observe(environment)
const runtime = new LaneRuntime(environment, telemetry)

/** The queue's batch size is 1: one account's lane at a time. */
export const handler = middy<SQSEvent, TickOutcome[]>(async (event: SQSEvent, context: Context) => {
  const outcomes: TickOutcome[] = []
  for (const { body, attributes } of event.Records) {
    const delivery = { body, receiveCount: Number(attributes.ApproximateReceiveCount) }
    outcomes.push(await handleTick(delivery, telemetry, async (message) => runtime.wire(message, context)))
  }
  logger.info('ticks handled', { outcomes })
  return outcomes
})
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
