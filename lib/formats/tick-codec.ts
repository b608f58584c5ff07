/** A tick message as text: what dispatch sends and a lane reads (docs/architecture.md#dispatch). */
import { ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN } from '../domain/account-label.ts'
import type { AccountConfig, BrokerTarget } from '../domain/account.ts'
import { ConfigurationError } from '../domain/errors.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { decodeJson, flag, instantText, list, mapOf, nullable, oneOf, optional, text } from './codec.ts'
import { mapped, record, versioned } from './codec-records.ts'
import { formatPath } from './violations.ts'

/** Only admitted accounts get cycles, and a `reconcile` of a release that did not say may be of one that is held back. */
type WrittenTick = Omit<TickMessage, 'admitted'> & { readonly admitted: boolean | null }

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
    (message) => ({ ...message, admitted: message.admitted === isCycle(message) ? null : message.admitted }),
    (written) => ({ ...written, admitted: written.admitted ?? isCycle(written) }),
  ),
)

function isCycle({ kind }: Pick<TickMessage, 'kind'>): boolean {
  return kind === 'cycle'
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
