/**
 * What a verb works on. One rule for all: with a stage (`--stage NAME`, or the variable TORGHUT_STAGE) it is that
 * stage's deployment in AWS, or in the emulator that AWS_ENDPOINT_URL names; without one it is the local runtime.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import { STAGE_PATTERN, parseStage, type Stage } from '../deployment/names.ts'
import type { RawValues } from '../domain/settings.ts'
import { describeFound, violation } from '../formats/violations.ts'
import { ConfigurationError, UnavailableError } from '../domain/errors.ts'
import type { Deployment } from '../operations/deployment.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { CliContext, FlagAccess } from './context.ts'

export interface StageOption {
  readonly stage?: string
  readonly json?: true
}

const STAGE_VARIABLE = 'TORGHUT_STAGE'

/** The stage that a command line names; null for the local runtime. @throws ConfigurationError */
export function chosenStage({ environment }: CliContext, { stage: option }: StageOption): Stage | null {
  const text = option ?? (environment[STAGE_VARIABLE] || undefined)
  if (text === undefined) return null
  const stage = parseStage(text)
  if (stage !== null) return stage
  const path = option === undefined ? STAGE_VARIABLE : '--stage'
  throw new ConfigurationError('The stage', [
    violation(path, describeFound(text), `a name such as dev (${STAGE_PATTERN.source})`),
  ])
}

/** Opens the deployment of the stage that the command line names. @throws ConfigurationError without a stage */
export async function openChosenDeployment(context: CliContext, options: StageOption): Promise<Deployment> {
  const stage = chosenStage(context, options)
  if (stage !== null) return openStage(context, stage)
  throw new ConfigurationError('The command line', [violation('--stage', 'nothing', 'the name of a stage')], {
    advice: `This verb works on a deployed stage: pass --stage dev, or set ${STAGE_VARIABLE}.`,
  })
}

/** Where flags are, and what lies beneath them. */
export interface FlagTarget extends FlagAccess {
  /** Null: the local runtime. */
  readonly stage: Stage | null
  /** What a stage has stored; null for the local runtime. */
  readonly stores: StateStores | null
  /** What to call it in messages. */
  readonly title: string
  /** The environment under the flags: the laptop's own, or that of the stage's functions. */
  readonly environment: () => Promise<RawValues>
}

export async function flagTarget(context: CliContext, options: StageOption): Promise<FlagTarget> {
  const stage = chosenStage(context, options)
  if (stage === null) {
    const access = await context.openFlags()
    return {
      ...access,
      stage,
      stores: null,
      title: 'the local runtime',
      environment: async () => context.environment,
    }
  }
  const deployment = await openStage(context, stage)
  return {
    store: deployment.flags,
    profile: { settings: {}, flags: {} },
    stores: deployment.stores,
    stage,
    title: `stage ${stage} on ${deployment.place}`,
    environment: async () => (await deployment.infrastructure.functionFlags('lane')) ?? {},
  }
}

async function openStage({ openDeployment }: CliContext, stage: Stage): Promise<Deployment> {
  return openDeployment(stage)
}

/** Stores say what failed; which deployment that was, and what to check, is known here. */
export function explainUnreachable(error: unknown, { environment }: CliContext): unknown {
  if (!(error instanceof UnavailableError) || error.advice !== undefined) return error
  const endpoint = environment['AWS_ENDPOINT_URL']
  const advice =
    endpoint === undefined
      ? 'Check the network, the region (AWS_REGION) and the credentials, then try again.'
      : `Check that something listens at ${endpoint} (AWS_ENDPOINT_URL), then try again.`
  return new UnavailableError(error.message, { cause: error.cause, advice })
}

/** The account of that label; `path` says where the label was given. @throws ConfigurationError naming those known */
export function accountNamed<Account extends { readonly label: AccountLabel }>(
  label: string,
  known: readonly Account[],
  path: string,
  advice?: string,
): Account {
  const account = known.find((one) => one.label === label)
  if (account !== undefined) return account
  const labels = known.map((one) => one.label)
  throw new ConfigurationError(
    'The account',
    [violation(path, describeFound(label), labels.join(', '), didYouMean(label, labels))],
    advice === undefined ? {} : { advice },
  )
}
