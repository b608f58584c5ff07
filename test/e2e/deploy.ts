/** The operator's part of a deployment: `cdk bootstrap`, `deploy` and `destroy` through `cdklocal`, timed. */
import { join } from 'node:path'
import { deploymentNames, parseStage } from '../../lib/deployment/names.ts'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { PROJECT_ROOT } from './emulator.ts'
import type { Emulator } from './emulator.ts'
import { mendPermissionChecks } from './permission-checks.ts'
import { runCommand } from './run-command.ts'
import type { CommandResult } from './run-command.ts'

/** `-c name=value` of every command; the schedule fires at any hour of any day. */
const CONTEXT: Readonly<Record<string, string>> = {
  stage: 'dev',
  schedule: 'cron(* * * * ? *)',
  scheduleTimeZone: 'UTC',
}

/** Where the last deploy left its templates; destroying needs no new ones. */
const OUTPUT = join(PROJECT_ROOT, '.cache', 'cdk.out')

/** Variables that `cdklocal` would otherwise take away. */
const KEPT_VARIABLES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
]

export interface Deployment {
  readonly names: DeploymentNames
  bootstrap(): Promise<CommandResult>
  deploy(context?: Readonly<Record<string, string>>): Promise<CommandResult>
  destroy(): Promise<CommandResult>
}

export function deploymentOn(emulator: Emulator): Deployment {
  const stage = parseStage('dev')
  if (stage === null) throw new Error('dev is not a stage')
  const names = deploymentNames(stage)
  const cdklocal = (
    args: readonly string[],
    context: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> =>
    runCommand(
      process.execPath,
      [
        join(PROJECT_ROOT, 'node_modules', 'aws-cdk-local', 'bin', 'cdklocal'),
        ...args,
        ...Object.entries({ ...CONTEXT, ...context }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
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
  return {
    names,
    bootstrap: () => cdklocal(['bootstrap', '--output', OUTPUT]),
    deploy: async (context) => {
      const result = await cdklocal(['deploy', '--require-approval', 'never', '--output', OUTPUT], context)
      await mendPermissionChecks(emulator, names)
      return result
    },
    destroy: () => cdklocal(['destroy', '--force', '--app', OUTPUT]),
  }
}
