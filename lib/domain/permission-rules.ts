/**
 * The rules of permission: what must hold for an order to be sent, whatever it costs
 * (docs/architecture.md#decisions-and-risk). The plan asks them as of its tick, the order firewall as of now,
 * right before each POST; there is no second copy of any of them. Pure.
 *
 * Invariant: an order of a live account needs both keys, `TRADING_MODE=live` and `TRADING_LIVE_ENABLED`.
 */
import type { AccountConfig } from './account.ts'
import type { Decision } from './decision.ts'
import type { RiskReason } from './denied-reason.ts'
import type { Settings } from './settings.ts'
import { isCrypto } from './symbol.ts'
import { plusSeconds, type EpochMs } from './time.ts'
import type { TradingCalendar } from './trading-calendar.ts'

/** The settings that a rule may look at: they are read by name right before each order. */
export const PERMISSION_SETTINGS = [
  'tradingEnabled',
  'mode',
  'liveEnabled',
  'cryptoEnabled',
  'cryptoLiveEnabled',
  'signalMaxAgeSeconds',
  'calendar',
] as const satisfies readonly (keyof Settings)[]

export type PermissionSettings = Pick<Settings, (typeof PERMISSION_SETTINGS)[number]>

/** What a rule sees of the order. */
type OrderToPermit = Pick<Decision, 'symbol' | 'eventTs' | 'brokerTarget'>

/** What a rule sees around the order. */
export interface PermissionContext {
  readonly killSwitchOn: boolean
  readonly settings: PermissionSettings
  /** Null when the account is not registered any more. */
  readonly account: AccountConfig | null
  /** The broker has said that it blocks the account from trading. */
  readonly blockedByBroker: boolean
  readonly calendar: TradingCalendar
  /** The instant that is asked about. */
  readonly at: EpochMs
}

/** Whether the rule forbids the order. */
type PermissionRule = (order: OrderToPermit, context: PermissionContext) => boolean

/** Every rule by the reason it denies with, in the order of evaluation. */
export const PERMISSION_RULES = {
  kill_switch_on: (_order, { killSwitchOn }) => killSwitchOn,
  trading_disabled: (_order, { settings }) => !settings.tradingEnabled,
  live_not_enabled: (order, { settings }) =>
    isLive(order) && !(settings.mode === 'live' && settings.liveEnabled),
  account_disabled: (_order, { account, blockedByBroker }) =>
    account === null || !account.enabled || blockedByBroker,
  crypto_trading_disabled: ({ symbol }, { settings }) => isCrypto(symbol) && !settings.cryptoEnabled,
  /** A live account trades crypto pairs only with a flag of their own on top. */
  crypto_live_trading_disabled: (order, { settings }) =>
    isCrypto(order.symbol) && isLive(order) && !settings.cryptoLiveEnabled,
  /** Exactly `TRADING_SIGNAL_MAX_AGE_SECONDS` old is fine. */
  signal_too_old: ({ eventTs }, { settings, at }) => plusSeconds(eventTs, settings.signalMaxAgeSeconds) < at,
  /** The symbol's market has no regular session. */
  session_closed: ({ symbol }, { calendar, at }) => calendar.sessionAt(symbol, at) === null,
} as const satisfies Partial<Record<RiskReason, PermissionRule>>

/** A reason that plan and order firewall share. */
export type PermissionReason = keyof typeof PERMISSION_RULES

const reasons = Object.keys(PERMISSION_RULES) as PermissionReason[]

/** The first reason against the order, or null when no rule forbids it. */
export function permissionDenied(order: OrderToPermit, context: PermissionContext): PermissionReason | null {
  return reasons.find((reason) => PERMISSION_RULES[reason](order, context)) ?? null
}

function isLive({ brokerTarget }: OrderToPermit): boolean {
  return brokerTarget.mode === 'live'
}
