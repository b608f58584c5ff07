/**
 * The staged rollout: five stages from "deployed, everything off" to "the plugin runtime decides alone", as data
 * and pure functions. Which stage applies follows from the flags alone.
 *
 * Each stage differs from the one before it by one decision of an operator, and goes back by undoing it.
 */
import { FALLBACK_LEGACY, KILL_SWITCH, SETTING_DEFINITIONS } from '../flags/definitions.ts'
import type { RawValues, Settings } from '../domain/settings.ts'

export type RolloutNumber = 1 | 2 | 3 | 4 | 5

/** A bound on a soak figure. */
export interface SoakNeed {
  readonly figure: 'cycles' | 'errors' | 'fallbacks' | 'circuitsOpened'
  readonly bound: 'at least' | 'at most'
  readonly limit: number
}

export interface RolloutStage {
  readonly number: RolloutNumber
  readonly name: string
  readonly meaning: string
  /** What leads here from the stage before it. */
  readonly enter: Readonly<Record<string, string>>
  /** What leads back to the stage before it. */
  readonly leave: Readonly<Record<string, string>>
  /** What must have been seen in this stage before the next one. */
  readonly needs: readonly SoakNeed[]
}

const RUNTIME_MODE = SETTING_DEFINITIONS.runtimeMode.name
const SCHEDULER_ENABLED = SETTING_DEFINITIONS.schedulerEnabled.name
const TRADING_ENABLED = SETTING_DEFINITIONS.tradingEnabled.name
const MULTI_ACCOUNT = SETTING_DEFINITIONS.multiAccountEnabled.name

/** Cycles with signals; about one session of minute bars. */
const ONE_SESSION = 390
/** A first look, before anything but the legacy rule is involved. */
const FIRST_CYCLES = 30

export const ROLLOUT_STAGES: readonly RolloutStage[] = [
  {
    number: 1,
    name: 'off',
    meaning: 'deployed, everything off: nothing is ordered',
    enter: {},
    leave: {},
    needs: [],
  },
  {
    number: 2,
    name: 'legacy',
    meaning: 'the legacy rule trades the primary account',
    enter: { [TRADING_ENABLED]: 'true', [KILL_SWITCH]: 'false' },
    leave: { [KILL_SWITCH]: 'true' },
    needs: [{ figure: 'cycles', bound: 'at least', limit: FIRST_CYCLES }],
  },
  {
    number: 3,
    name: 'shadow',
    meaning: 'the legacy rule trades, the plugin runtime is compared with it and trades nothing',
    enter: { [RUNTIME_MODE]: 'scheduler_v3', [SCHEDULER_ENABLED]: 'false' },
    leave: { [RUNTIME_MODE]: 'legacy' },
    needs: [
      { figure: 'cycles', bound: 'at least', limit: ONE_SESSION },
      { figure: 'errors', bound: 'at most', limit: 0 },
      { figure: 'circuitsOpened', bound: 'at most', limit: 0 },
    ],
  },
  {
    number: 4,
    name: 'runtime',
    meaning: 'the plugin runtime decides; a strategy that cannot decide falls back to the legacy rule',
    enter: { [SCHEDULER_ENABLED]: 'true', [FALLBACK_LEGACY]: 'true' },
    leave: { [SCHEDULER_ENABLED]: 'false' },
    needs: [
      { figure: 'cycles', bound: 'at least', limit: ONE_SESSION },
      { figure: 'errors', bound: 'at most', limit: 0 },
      { figure: 'fallbacks', bound: 'at most', limit: 0 },
      { figure: 'circuitsOpened', bound: 'at most', limit: 0 },
    ],
  },
  {
    number: 5,
    name: 'full',
    meaning: 'the plugin runtime decides alone, or for further accounts too',
    enter: { [FALLBACK_LEGACY]: 'false' },
    leave: { [FALLBACK_LEGACY]: 'true', [MULTI_ACCOUNT]: 'false' },
    needs: [],
  },
]

export function stageNumbered(number: RolloutNumber): RolloutStage {
  const stage = ROLLOUT_STAGES[number - 1]
  if (stage === undefined) throw new RangeError(`there is no rollout stage ${number}`)
  return stage
}

type DecidingSettings = Pick<
  Settings,
  'runtimeMode' | 'schedulerEnabled' | 'fallbackLegacy' | 'multiAccountEnabled'
>

/** How far what decides has been rolled out, whether or not anything is ordered: 2 to 5. */
export function decidingStage(settings: DecidingSettings): Exclude<RolloutNumber, 1> {
  const { runtimeMode, schedulerEnabled, fallbackLegacy, multiAccountEnabled } = settings
  if (runtimeMode === 'legacy') return 2
  if (runtimeMode === 'scheduler_v3' && !schedulerEnabled) return 3
  return fallbackLegacy && !multiAccountEnabled ? 4 : 5
}

/** The stage that applies. `killSwitchOn` counts an unreadable switch as on. */
export function rolloutStage(
  settings: DecidingSettings & Pick<Settings, 'tradingEnabled'>,
  killSwitchOn: boolean,
): RolloutStage {
  return stageNumbered(killSwitchOn || !settings.tradingEnabled ? 1 : decidingStage(settings))
}

/** The flags of `wanted` that have another value now, in order. `current` holds raw values; absent is the default. */
export function changesTowards(
  wanted: Readonly<Record<string, string>>,
  current: RawValues,
): readonly (readonly [name: string, value: string])[] {
  return Object.entries(wanted).filter(([name, value]) => (current[name] ?? defaultOf(name)) !== value)
}

function defaultOf(name: string): string | undefined {
  return Object.values(SETTING_DEFINITIONS).find((definition) => definition.name === name)?.default
}

/**
 * What speaks against going from one set of flags to another in one step: stages that would be skipped, and
 * protections that would fall. Empty when nothing does.
 */
export function orderWarnings(
  before: { readonly settings: Settings; readonly killSwitchOn: boolean },
  after: { readonly settings: Settings },
): readonly string[] {
  const warnings: string[] = []
  const from = decidingStage(before.settings)
  const to = decidingStage(after.settings)
  const skipped = ROLLOUT_STAGES.filter(({ number }) => number > from && number < to)
  for (const { number, name, meaning } of skipped) {
    warnings.push(`skips rollout stage ${number} (${name}): ${meaning}`)
  }
  if (to > from && rolloutStage(before.settings, before.killSwitchOn).number === 1) {
    warnings.push(
      `goes on to stage ${to} while nothing is ordered: the stages before it were not seen working`,
    )
  }
  if (isLive(after.settings) && !isLive(before.settings)) {
    warnings.push('allows orders of live accounts: real money')
  }
  return warnings
}

function isLive({ liveEnabled, tradingEnabled }: Settings): boolean {
  return liveEnabled && tradingEnabled
}
