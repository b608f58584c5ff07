/** `torghut forward`: an account's trade updates from the broker's stream to the stage's second topic (docs/forwarder.md). */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountLabel, type AccountLabel } from '../../domain/account-label.ts'
import type { AccountConfig, BrokerCredentials } from '../../domain/account.ts'
import { ConfigurationError, InUseError } from '../../domain/errors.ts'
import { violation } from '../../formats/violations.ts'
import { localTelemetry } from '../../local/local-telemetry.ts'
import { readFleet, type Deployment } from '../../operations/deployment.ts'
import { forwardUpdates, type ForwardEnd, type ForwarderState } from '../../operations/forward-updates.ts'
import type { Queue } from '../../ports/queue.ts'
import type { CliContext } from '../context.ts'
import type { KafkaOptions } from '../kafka-options.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { listenForInterrupts } from '../terminal/interrupts.ts'
import { openDestination } from './forward-destination.ts'
import { accountNamed, openChosenDeployment, type StageOption } from '../target.ts'

interface ForwardOptions extends StageOption, KafkaOptions {
  readonly account?: AccountLabel
  readonly once?: true
  readonly healthPort?: number
}

const LABEL_VARIABLE = 'TORGHUT_ACCOUNT_LABEL'
const HEALTH_HOST = '127.0.0.1'
const WORDS: Readonly<Record<ForwarderState, string>> = {
  waiting: 'another process forwards this account; waiting to take over',
  connecting: 'connecting to the broker',
  listening: 'listening',
  lost: 'the connection is lost; connecting again',
}

/**
 * Runs until it is interrupted, or refused.
 * @throws ConfigurationError, InUseError for a port that is taken, UnavailableError for a queue that cannot be found
 */
export async function forwardAccount(context: CliContext, options: ForwardOptions): Promise<ExitCode> {
  const label = labelOf(options, context)
  const deployment = await openChosenDeployment(context, options)
  const { accounts, settings } = await readFleet(deployment)
  const account = accountNamed(label, accounts, 'label', '`torghut accounts list` shows them.')
  const credentials = await deployment.credentials.read(account.label)
  const queue = await openDestination(context, options, deployment, settings)
  try {
    const end = await forwardTo(queue, account, credentials, deployment, context, options)
    if (end.kind === 'refused') {
      throw new ConfigurationError(
        'The account',
        [violation(account.label, end.reason, `an account of ${account.target.baseUrl}`)],
        {
          advice: `torghut accounts put-credentials ${account.label} stores others, after asking the broker.`,
        },
      )
    }
    if (options.json) await context.output.printJson({ account: account.label, ended: end.kind })
    return EXIT.ok
  } finally {
    await queue.close()
  }
}

async function forwardTo(
  queue: Queue,
  account: AccountConfig,
  credentials: BrokerCredentials,
  deployment: Deployment,
  { output }: CliContext,
  options: ForwardOptions,
): Promise<ForwardEnd> {
  const health = { state: 'connecting' as ForwarderState, since: deployment.clock.now() }
  const server = options.healthPort === undefined ? null : await serveHealth(health, options.healthPort)
  const interrupts = listenForInterrupts(output)
  try {
    return await forwardUpdates(
      account,
      credentials,
      {
        lease: deployment.forwarderLease,
        streams: await deployment.openUpdateStreams(),
        queue,
        openBroker: () => deployment.openBroker(account.target, credentials),
        executions: deployment.stores.executions,
        clock: deployment.clock,
        telemetry: localTelemetry((line) => output.note(line)),
        pause: async (milliseconds, until) => {
          await sleep(milliseconds, undefined, { signal: until }).catch(() => {})
        },
        owner: randomUUID(),
      },
      {
        once: options.once === true,
        stop: interrupts.signal,
        onState: (state) => {
          if (state !== health.state || state === 'connecting')
            output.note(`${account.label}: ${WORDS[state]}`)
          Object.assign(health, { state, since: deployment.clock.now() })
        },
      },
    )
  } finally {
    interrupts.dispose()
    server?.close()
  }
}

function labelOf({ account }: ForwardOptions, { environment }: CliContext): AccountLabel {
  if (account !== undefined) return account
  const text = environment[LABEL_VARIABLE]
  if (text !== undefined && text !== '') return accountLabel(text)
  throw new ConfigurationError('The command line', [
    violation('--account', 'nothing', `the account's label, or ${LABEL_VARIABLE} in the environment`),
  ])
}

/** 200 while the process does its part: it listens, or is the spare; 503 otherwise. */
async function serveHealth(
  health: { readonly state: ForwarderState; readonly since: number },
  port: number,
): Promise<Server> {
  const server = createServer((_request, response) => {
    const isWell = health.state === 'listening' || health.state === 'waiting'
    response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ state: health.state, since: new Date(health.since).toISOString() }))
  })
  server.listen(port, HEALTH_HOST)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new InUseError(`port ${port} is taken`, { cause, advice: 'choose another --health-port' })
  }
  return server
}
