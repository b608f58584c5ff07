/** Runs the lane of one message's account (docs/architecture.md#lane). Thin: parse, wire, call the library. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { Context, SQSEvent } from 'aws-lambda'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AlpacaGateway } from '../lib/adapters/alpaca/gateway.ts'
import { dynamoStores } from '../lib/adapters/dynamodb/stores.ts'
import { dynamoClient } from '../lib/adapters/dynamodb/table/client.ts'
import { readCredentials } from '../lib/adapters/ssm/credentials.ts'
import { ParameterFlagSource } from '../lib/adapters/ssm/flag-source.ts'
import { RememberedWork } from '../lib/adapters/system/stray-work.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { vmInterrupter } from '../lib/adapters/system/vm-interrupter.ts'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { asEpochMs } from '../lib/domain/time.ts'
import { handleTick, type TickDelivery, type TickOutcome } from '../lib/lanes/handle-tick.ts'
import type { Invocation } from '../lib/lanes/invocation.ts'
import { laneWiring, type LanePorts } from '../lib/lanes/lane-wiring.ts'
import { deployedRegistry } from '../plugins/registry.ts'
import { parameterAccess } from './wiring/parameters.ts'
import { observe } from './wiring/process.ts'

const environment = parseFunctionEnvironment('lane', process.env)
const { FLAGS_PATH, CREDENTIALS_PATH, STATE_TABLE_NAME: state, SIGNAL_TABLE_NAME: signals } = environment
const { logger, metrics, telemetry } = observe(environment)
const parameters = parameterAccess()
const strayWork = new RememberedWork()
strayWork.listen(telemetry)
const ports: LanePorts = {
  ...dynamoStores(
    dynamoClient(),
    { state, signals },
    systemClock,
    Number(environment.TORGHUT_RETENTION_DAYS),
  ),
  registry: deployedRegistry(strayWork.remembering),
  environment: process.env,
  flags: new ParameterFlagSource(parameters, FLAGS_PATH),
  gateway: (account, budget) =>
    new AlpacaGateway({ credentials: () => readCredentials(parameters, CREDENTIALS_PATH, account), budget }),
  randomness: { token: randomUUID },
  clock: systemClock,
  telemetry,
  codeVersion: environment.TORGHUT_CODE_VERSION,
  interrupter: strayWork.around(vmInterrupter()),
  strayWork,
}
const wire = laneWiring(ports)

/** The queue's batch size is 1: one account's lane at a time. */
export const handler = middy<SQSEvent, TickOutcome[]>(async (event: SQSEvent, context: Context) => {
  const outcomes: TickOutcome[] = []
  for (const { body, attributes } of event.Records) {
    const delivery = { body, receiveCount: Number(attributes.ApproximateReceiveCount) }
    const outcome = await handleTick(delivery, ports, (message) => {
      const deps = wire(message, invocationOf(context, delivery))
      telemetry.useOwnDimensionFor(deps.settings.metricsAccounts)
      return deps
    })
    outcomes.push(outcome)
  }
  logger.info('ticks handled', { outcomes })
  return outcomes
})
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))

function invocationOf(context: Context, { receiveCount }: TickDelivery): Invocation {
  const remainingMs = () => context.getRemainingTimeInMillis()
  const totalMs = remainingMs()
  return {
    deadline: asEpochMs(systemClock.now() + totalMs),
    time: { totalMs, remainingMs, pause: (milliseconds) => sleep(milliseconds) },
    redelivered: receiveCount > 1,
  }
}
