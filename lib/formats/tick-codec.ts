/**
 * A tick message as text: what dispatch sends and a lane reads (docs/architecture.md#dispatch).
 *
 * Invariant: what this release sends the one before it can read, since a deployment may come between: it refuses fields
 * that it does not know, and passes by settings whose names do not begin with `TRADING_`.
 */
import { ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN } from '../domain/account-label.ts'
import type { AccountConfig, BrokerTarget } from '../domain/account.ts'
import { ConfigurationError } from '../domain/errors.ts'
import type { LogPosition } from '../domain/signal.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import {
  decodeJson,
  type Fault,
  flag,
  instantText,
  list,
  mapOf,
  nullable,
  oneOf,
  optional,
  refuse,
  text,
} from './codec.ts'
import { mapped, record, versioned } from './codec-records.ts'
import { describeFound, formatPath } from './violations.ts'

/** Only admitted accounts get cycles, and a `reconcile` of a release that did not say may be of one that is held back. */
type WrittenTick = Omit<TickMessage, 'admitted' | 'upTo'> & { readonly admitted: boolean | null }

/** Among the settings stands how far a tick after signals is to read. */
const UP_TO = 'up_to'
const UP_TO_PATTERN = /^(.+)#([1-9]\d{0,15})$/

/** An account with its broker target spread out, as the registry writes it. */
type FlatAccount = Omit<AccountConfig, 'target'> & BrokerTarget

const account = mapped<AccountConfig, FlatAccount>(
  record<FlatAccount>({
    label: text(ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN),
    enabled: flag,
    mode: oneOf('paper', 'live'),
    baseUrl: text(),
    strategies: nullable(list(text())),
  }),
  ({ target, ...config }) => ({ ...config, ...target }),
  ({ mode, baseUrl, ...config }) => ({ ...config, target: { mode, baseUrl } }),
)

const tick = versioned<TickMessage>(
  'schema',
  1,
  mapped<TickMessage, WrittenTick>(
    record<WrittenTick>({
      kind: oneOf('cycle', 'reconcile'),
      tickAt: instantText,
      account,
      settings: mapOf(text()),
      killSwitchOn: flag,
      admitted: optional(flag),
      catalogHash: text(),
    }),
    ({ upTo, settings, ...message }) => ({
      ...message,
      settings: upTo === null ? settings : { ...settings, [UP_TO]: `${upTo.source}#${upTo.position}` },
      admitted: message.admitted === isCycle(message) ? null : message.admitted,
    }),
    ({ settings: { [UP_TO]: upTo, ...settings }, ...written }, faults) => ({
      ...written,
      settings,
      upTo: upTo === undefined ? null : readUpTo(upTo, faults),
      admitted: written.admitted ?? isCycle(written),
    }),
  ),
)

function isCycle({ kind }: Pick<TickMessage, 'kind'>): boolean {
  return kind === 'cycle'
}

function readUpTo(text: string, faults: Fault[]): LogPosition {
  const [, source = '', position] = UP_TO_PATTERN.exec(text) ?? []
  if (source !== '') return { source, position: Number(position) }
  return refuse(faults, describeFound(text), 'a source and a position, e.g. ta#42', 'settings', UP_TO)
}

export function encodeTick(message: TickMessage): string {
  return JSON.stringify(tick.encode(message))
}

/** @throws ConfigurationError naming each field that is wrong. */
export function decodeTick(body: string): TickMessage {
  const decoded = decodeJson(tick, body, (path) => formatPath(path) || '(message)')
  if (decoded.kind === 'invalid') throw new ConfigurationError('The tick message', decoded.violations)
  return decoded.value
}
