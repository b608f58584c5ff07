/**
 * The deployment's own producer of signals: each minute it reads the bars that have closed (docs/market-data.md). Only where it was
 * asked for.
 *
 * Invariants: of the state it reads the strategy catalog alone, of the credentials those of one account; it may ask for ticks of
 * lanes, as the schedule does; a run that fails is not
 * repeated, the next minute's goes on from the log.
 */
import { Duration } from 'aws-cdk-lib'
import type { NodejsFunction, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import { Construct } from 'constructs'
import { accountEnvironment, type AccountFunctionProps } from './account-environment.ts'
import type { Dispatch } from './dispatch.ts'
import { addSchedule } from './schedule.ts'
import { TIMEOUTS, TorghutFunction } from './torghut-function.ts'

export interface MarketDataProps extends AccountFunctionProps {
  /** Who ticks the lanes after signals. */
  readonly dispatch: Dispatch
  /** The label of the account whose key reads bars. */
  readonly account: string
  /** Wins over everything set here. */
  readonly overrides?: Partial<NodejsFunctionProps>
}

export class MarketData extends Construct {
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, props: MarketDataProps) {
    super(scope, id)
    const { defaults, tables, flags, credentials, dispatch, account, overrides } = props
    this.function = new TorghutFunction(this, 'Function', {
      defaults,
      name: 'market-data',
      timeout: TIMEOUTS['market-data'],
      environment: {
        ...accountEnvironment(props),
        DISPATCH_FUNCTION_NAME: dispatch.function.functionName,
      },
      overrides: { memorySize: 1024, retryAttempts: 0, maxEventAge: Duration.minutes(1), ...overrides },
    }).function
    tables.grantReadCatalog(this.function)
    tables.grantProduceSignals(this.function)
    flags.grantReadNamed(this.function)
    credentials.grantRead(this.function, account)
    dispatch.grantAsk(this.function)
    addSchedule(this, {
      name: defaults.names.marketDataSchedule,
      target: this.function,
      invokes: 'the producer of bars',
      description: 'Reads the bars that have closed',
      // coins and the hours around a session, too; what nothing can have closed in is asked of nobody
      expression: 'cron(* * * * ? *)',
      timeZone: 'UTC',
      enabled: true,
    })
  }
}
