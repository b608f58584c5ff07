/**
 * The settings under which the laptop trades real prices against its paper exchange. They stand below the
 * environment and `.torghut/flags.json`, so that every one of them can be changed; only the kill switch and
 * the multi-account gate are opened here as an operator would open them, which is why `dev` refuses anything
 * but paper accounts.
 */
import type { RawValues } from '../domain/settings.ts'
import { ACCOUNTS_JSON, KILL_SWITCH } from '../flags/definitions.ts'
import { featureKey } from '../flags/resolve.ts'
import { MULTI_ACCOUNT_FEATURE } from '../lanes/admission.ts'

const COMMON: RawValues = {
  TRADING_ENABLED: 'true',
  TRADING_MODE: 'paper',
  TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
  TRADING_SIGNAL_START: 'earliest',
  TRADING_MULTI_ACCOUNT_ENABLED: 'true',
}

/** A signal of Friday's close is traded after Monday's open, or Tuesday's: five days. */
export const DAILY_SETTINGS: RawValues = {
  ...COMMON,
  TRADING_SIGNAL_MAX_AGE_SECONDS: '432000',
  TRADING_STRATEGY_RUNTIME_CIRCUIT_COOLDOWN_SECONDS: '432000',
}

const PROFILE_OVERLAY: Readonly<Record<string, string>> = {
  [KILL_SWITCH]: 'false',
  [featureKey(MULTI_ACCOUNT_FEATURE)]: 'true',
}

export interface ProfileOptions {
  /** Whether the data is daily. */
  readonly daily: boolean
  readonly signalSource: string
  /** The account registry's text. */
  readonly accountsJson: string
}

/** The environment as the runtime sees it: the profile below the process's own `TRADING_*` variables. */
export function profileEnvironment(environment: RawValues, options: ProfileOptions): RawValues {
  const own = Object.entries(environment).filter(([name]) => name.startsWith('TRADING_'))
  return Object.freeze({
    ...(options.daily ? DAILY_SETTINGS : COMMON),
    TRADING_SIGNAL_SOURCE: options.signalSource,
    ...Object.fromEntries(own),
    [ACCOUNTS_JSON]: options.accountsJson,
  })
}

/** The flags of the file over those that the profile opens. */
export function profileOverlay(flags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.freeze({ ...PROFILE_OVERLAY, ...flags })
}
