/**
 * Back to a single account (docs/accounts.md#back-to-a-single-account): four steps, each safe to repeat, in an order in which no
 * cycle is lost and no order doubled. The schema stays, and so do the rows of every account.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { SETTING_DEFINITIONS } from '../flags/definitions.ts'
import { NONE } from '../flags/kinds.ts'
import { accountKillSwitchKey, featureKey } from '../flags/resolve.ts'
import { featureEntity, MULTI_ACCOUNT_FEATURE } from '../lanes/admission.ts'
import type { Deployment, DeployedFleet } from './deployment.ts'

export interface RollbackStep {
  readonly step: 'flag' | 'variable' | 'schema' | 'topic' | 'cancel'
  readonly what: string
  /** Flags that it writes, with their values. */
  readonly writes: Readonly<Record<string, string>>
  /** Whether things are like that already. */
  readonly done: boolean
  /** `flag_service`: only whoever runs the flag service can do it. */
  readonly by: 'command' | 'flag_service'
}

const VARIABLE = SETTING_DEFINITIONS.multiAccountEnabled.name
const TOPIC = SETTING_DEFINITIONS.orderFeedTopicV2.name

/** @param cancel also switches on the kill switches of the further accounts with open work, so that it is cancelled */
export async function planRollback(
  fleet: DeployedFleet,
  cancel: boolean,
  { features, stores }: Deployment,
): Promise<readonly RollbackStep[]> {
  const { settings, overlay, accounts } = fleet
  const others = accounts.filter(({ label }) => label !== settings.accountLabel)
  const isParameter = settings.featureFlagsProvider === 'ssm'
  const flag = featureKey(MULTI_ACCOUNT_FEATURE)
  const service = await features.open(settings)
  const readings = await Promise.all(
    others.map(({ label }) => service.read(MULTI_ACCOUNT_FEATURE, featureEntity(label))),
  )
  const isOff = readings.every(({ kind }) => kind === 'off')
  const open = cancel
    ? await withOpenWork(
        others.map(({ label }) => label),
        stores,
      )
    : []
  return [
    {
      step: 'flag',
      what: isParameter ? `${flag} off` : `${MULTI_ACCOUNT_FEATURE} off, in the flag service`,
      writes: isParameter && overlay[flag] !== undefined ? { [flag]: 'false' } : {},
      done: isOff,
      by: isParameter ? 'command' : 'flag_service',
    },
    {
      step: 'variable',
      what: `${VARIABLE} false`,
      writes: { [VARIABLE]: 'false' },
      done: !settings.multiAccountEnabled,
      by: 'command' as const,
    },
    {
      step: 'schema',
      what: 'the schema and the rows of all accounts stay',
      writes: {},
      done: true,
      by: 'command' as const,
    },
    ...(open.length > 0
      ? [
          {
            step: 'cancel' as const,
            what: `the open orders of ${open.join(', ')} cancelled, by their kill switches`,
            writes: Object.fromEntries(open.map((label) => [accountKillSwitchKey(label), 'true'])),
            done: open.every((label) => overlay[accountKillSwitchKey(label)] === 'true'),
            by: 'command' as const,
          },
        ]
      : []),
    {
      step: 'topic',
      what: `the queue of the second topic drained, then ${TOPIC} cleared`,
      writes: { [TOPIC]: NONE },
      done: settings.orderFeedTopicV2 === null,
      by: 'command' as const,
    },
  ]
}

async function withOpenWork(
  labels: readonly AccountLabel[],
  { executions }: Deployment['stores'],
): Promise<readonly AccountLabel[]> {
  const open = await Promise.all(labels.map((label) => executions.listOpen(label)))
  return labels.filter((_label, index) => (open[index]?.length ?? 0) > 0)
}

export interface DrainOptions {
  readonly seconds: number
  readonly pause: (milliseconds: number) => Promise<unknown>
}

export type RollbackOutcome =
  | { readonly kind: 'rolled_back' }
  /** The second topic's queue still holds so many messages; the topic is not cleared. */
  | { readonly kind: 'not_drained'; readonly waiting: number }

const POLL_SECONDS = 2
/** Depths are about right, as the queue counts: empty is what was empty for so many looks on end. */
const LOOKS = 2

/** Does what is not done yet, in order. Told of each step when it is done. @throws UnavailableError */
export async function rollBack(
  steps: readonly RollbackStep[],
  deployment: Deployment,
  drain: DrainOptions,
  told: (step: RollbackStep) => void,
): Promise<RollbackOutcome> {
  for (const step of steps) {
    if (step.done) continue
    if (step.step === 'topic') {
      const waiting = await drained(deployment, drain)
      if (waiting > 0) return { kind: 'not_drained', waiting }
    }
    for (const [name, value] of Object.entries(step.writes)) await deployment.flags.write(name, value)
    told(step)
  }
  return { kind: 'rolled_back' }
}

/** Waits for the second topic's queue to be empty; returns how many messages it still holds. */
async function drained({ queues }: Deployment, { seconds, pause }: DrainOptions): Promise<number> {
  let empty = 0
  for (let waited = 0; ; waited += POLL_SECONDS) {
    const depth = await queues.depth({ queue: 'order-feed-v2', deadLetters: false })
    if (depth === null) return 0
    const waiting = depth.waiting + depth.inFlight
    empty = waiting === 0 ? empty + 1 : 0
    if (empty >= LOOKS) return 0
    if (waited >= seconds) return Math.max(waiting, 1)
    await pause(POLL_SECONDS * 1000)
  }
}
