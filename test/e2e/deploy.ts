/** The operator's part of a deployment: `cdk bootstrap`, `deploy` and `destroy` through `cdklocal`, timed. */
import { join } from 'node:path'
import { deploymentNames, parseStage } from '../../lib/deployment/names.ts'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { PROJECT_ROOT } from './emulator.ts'
import type { Emulator } from './emulator.ts'
import { mendPermissionChecks } from './permission-checks.ts'
import { runCommand } from './run-command.ts'
import type { CommandResult } from './run-command.ts'

/** `-c name=value` of every command; lanes run at any hour of any day. */
const CONTEXT: Readonly<Record<string, string>> = { tradingWindow: 'always', scheduleTimeZone: 'UTC' }

/** Variables that `cdklocal` would otherwise take away. */
const KEPT_VARIABLES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
]

export interface Deployment {
  readonly names: DeploymentNames
  bootstrap(): Promise<CommandResult>
  /** @param options further ones of `cdk deploy` */
  deploy(context?: Readonly<Record<string, string>>, ...options: string[]): Promise<CommandResult>
  /** The last deploy's templates once more. */
  deployAgain(): Promise<CommandResult>
  destroy(): Promise<CommandResult>
}

export function deploymentOn(emulator: Emulator, name = 'dev'): Deployment {
  const stage = parseStage(name)
  if (stage === null) throw new Error(`${name} is not a stage`)
  const names = deploymentNames(stage)
  /** Where the last deploy left its templates; destroying needs no new ones. */
  const output = join(PROJECT_ROOT, '.cache', `cdk.out-${name}`)
  const cdklocal = (
    args: readonly string[],
    context: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> =>
    runCommand(
      process.execPath,
      [
        join(PROJECT_ROOT, 'node_modules', 'aws-cdk-local', 'bin', 'cdklocal'),
        ...args,
        ...Object.entries({ ...CONTEXT, stage, ...context }).flatMap(([key, value]) => [
          '-c',
          `${key}=${value}`,
        ]),
      ],
      {
        cwd: PROJECT_ROOT,
        environment: {
          ...emulator.environment,
          AWS_ENVAR_ALLOWLIST: KEPT_VARIABLES.join(','),
          CDK_DISABLE_CLI_TELEMETRY: 'true',
          // Bootstrapping only asks the app for its environments; deploying checks the templates.
          ...(args[0] === 'bootstrap' ? { CDK_VALIDATION: 'false' } : {}),
        },
      },
    )
  const deploy = async (
    context: Readonly<Record<string, string>>,
    options: readonly string[],
  ): Promise<CommandResult> => {
    const result = await cdklocal(['deploy', '--require-approval', 'never', ...options], context)
    await mendPermissionChecks(emulator, names)
    return result
  }
  return {
    names,
    bootstrap: () => cdklocal(['bootstrap', '--output', output]),
    deploy: (context = {}, ...options) => deploy(context, ['--output', output, ...options]),
    deployAgain: () => deploy({}, ['--app', output]),
    destroy: () => cdklocal(['destroy', '--force', '--app', output]),
  }
}
