/** `torghut forward`: an account's trade updates from the broker's stream to the stage's second topic (docs/forwarder.md). */
import { randomUUID } from 'node:crypto'
import { accountLabel, type AccountLabel } from '../../domain/account-label.ts'
import type { AccountConfig, BrokerCredentials } from '../../domain/account.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { violation } from '../../formats/violations.ts'
import { CountedMetrics } from '../../local/counted-metrics.ts'
import { localTelemetry } from '../../local/local-telemetry.ts'
import { readFleet, type Deployment } from '../../operations/deployment.ts'
import { forwardUpdates } from '../../operations/forward-updates.ts'
import type { LeasedEnd, LeasedState } from '../../operations/hold-lease.ts'
import type { Queue } from '../../ports/queue.ts'
import type { CliContext } from '../context.ts'
import type { KafkaOptions } from '../kafka-options.ts'
import { pauseUntil, runLong } from '../long-running.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { openDestination } from './forward-destination.ts'
import { accountNamed, openChosenDeployment, type StageOption } from '../target.ts'

interface ForwardOptions extends StageOption, KafkaOptions {
  readonly account?: AccountLabel
  readonly once?: true
  readonly healthPort?: number
}

const LABEL_VARIABLE = 'TORGHUT_ACCOUNT_LABEL'
const WORDS: Readonly<Record<LeasedState, string>> = {
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
  const counted = new CountedMetrics()
  try {
    const end = await forwardTo(queue, account, credentials, deployment, context, { ...options, counted })
    if (end.kind === 'refused') {
      throw new ConfigurationError(
        'The account',
        [violation(account.label, end.reason, `an account of ${account.target.baseUrl}`)],
        {
          advice: `torghut accounts put-credentials ${account.label} stores others, after asking the broker.`,
        },
      )
    }
    if (options.json)
      await context.output.printJson({ account: account.label, ended: end.kind, counts: counted.totals() })
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
  options: ForwardOptions & { readonly counted: CountedMetrics },
): Promise<LeasedEnd> {
  const { clock } = deployment
  const { label: name } = account
  const { healthPort, counted } = options
  const long = { name, words: WORDS, healthPort, counted, output, now: () => clock.now() }
  return runLong(long, async (running) =>
    forwardUpdates(
      account,
      credentials,
      {
        lease: deployment.forwarderLease,
        streams: await deployment.openUpdateStreams(),
        queue,
        openBroker: () => deployment.openBroker(account.target, credentials),
        executions: deployment.stores.executions,
        clock,
        telemetry: localTelemetry((line) => output.note(line), counted),
        pause: pauseUntil,
        owner: randomUUID(),
      },
      { once: options.once === true, ...running },
    ),
  )
}

function labelOf({ account }: ForwardOptions, { environment }: CliContext): AccountLabel {
  if (account !== undefined) return account
  const text = environment[LABEL_VARIABLE]
  if (text !== undefined && text !== '') return accountLabel(text)
  throw new ConfigurationError('The command line', [
    violation('--account', 'nothing', `the account's label, or ${LABEL_VARIABLE} in the environment`),
  ])
}
