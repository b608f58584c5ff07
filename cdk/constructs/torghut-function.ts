/**
 * One of the deployed functions: its bundle, its own role, its own log group.
 *
 * Invariants: a role allows nothing but writing its own log until something is granted to it; every function is
 * bundled the same way (see cdk/bundling.ts).
 */
import { join } from 'node:path'
import { Duration } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { BundlingOptions, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { DeploymentNames, Stage } from '../../lib/deployment/names.ts'
import type { FunctionName } from '../../lib/domain/deployment-parts.ts'
import type { CommonEnvironment, OwnEnvironment } from '../../lib/deployment/function-environment.ts'
import { METRIC_NAMESPACE } from '../../lib/domain/metric-names.ts'
import {
  COMMON,
  bundleAliases,
  deferredCommand,
  deferredPackages,
  functionEntry,
  trimCommand,
} from '../bundling.ts'
import type { LogLevel } from '../configuration.ts'
import { grant } from './grant.ts'

function bundling(projectRoot: string, name: FunctionName): BundlingOptions {
  const aliases = Object.entries(bundleAliases(projectRoot))
  const deferred = deferredPackages(name)
  return {
    format: OutputFormat.CJS,
    mainFields: [...COMMON.mainFields],
    target: COMMON.target,
    minify: COMMON.minify,
    sourceMap: true,
    sourceMapMode: SourceMapMode.DEFAULT,
    sourcesContent: COMMON.sourcesContent,
    bundleAwsSDK: true,
    externalModules: [...deferred],
    forceDockerBundling: false,
    esbuildArgs: Object.fromEntries(aliases.map(([from, target]) => [`--alias:${from}`, target])),
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_, folder) => [
        ...deferred.map((entry) => deferredCommand(folder, entry)),
        trimCommand(projectRoot, folder, name),
      ],
    },
  }
}

/** What every function of a deployment shares. */
export interface FunctionDefaults {
  readonly names: DeploymentNames
  readonly stage: Stage
  readonly codeVersion: string
  readonly logLevel: LogLevel
  /** Of signals, cycle records and order events. */
  readonly retentionDays: number
  readonly logRetention: RetentionDays
  /** The folder of `cdk.json`. */
  readonly projectRoot: string
}

export interface TorghutFunctionProps<Name extends FunctionName> {
  readonly defaults: FunctionDefaults
  readonly name: Name
  readonly timeout: Duration
  readonly environment: OwnEnvironment<Name>
  /** Wins over everything set here. */
  readonly overrides?: Partial<NodejsFunctionProps>
}

export class TorghutFunction<Name extends FunctionName> extends Construct {
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, props: TorghutFunctionProps<Name>) {
    super(scope, id)
    const { defaults, name, timeout, environment, overrides } = props
    const { names, projectRoot } = defaults
    // beside the function, not beneath it: a construct's place is part of its logical id, and that must not change
    const logGroup = new LogGroup(scope, `${id}Log`, {
      logGroupName: names.logGroup(name),
      retention: defaults.logRetention,
    })
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${names.function(name)}: only what it needs`,
    })
    grant(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn])
    this.function = new NodejsFunction(this, 'Default', {
      functionName: names.function(name),
      entry: functionEntry(projectRoot, name),
      projectRoot,
      depsLockFilePath: join(projectRoot, 'package-lock.json'),
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout,
      bundling: bundling(projectRoot, name),
      role,
      logGroup,
      awsSdkConnectionReuse: false,
      environment: {
        ...commonEnvironment(defaults, name),
        ...environment,
        NODE_OPTIONS: '--enable-source-maps',
      },
      ...overrides,
    })
  }
}

function commonEnvironment({ stage, logLevel }: FunctionDefaults, name: FunctionName): CommonEnvironment {
  return {
    TORGHUT_STAGE: stage,
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    POWERTOOLS_LOG_LEVEL: logLevel,
  }
}

/** How long functions may run; the lane's stays below the tick interval of a minute. */
export const TIMEOUTS = {
  dispatch: Duration.seconds(30),
  lane: Duration.seconds(45),
  ingest: Duration.seconds(30),
  'order-feed': Duration.seconds(30),
  // the logs of a day are read page by page, and nothing waits for it
  digest: Duration.minutes(5),
  // it waits for the minute's bars, and ends before the next one's
  'market-data': Duration.seconds(55),
} as const satisfies Record<FunctionName, Duration>
