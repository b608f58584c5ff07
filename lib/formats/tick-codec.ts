/** A tick message as text: what dispatch sends and a lane reads (docs/architecture.md#dispatch). */
import * as z from 'zod/mini'
import { ACCOUNT_LABEL_PATTERN, accountLabel } from '../domain/account-label.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { asCatalogHash } from '../domain/ids.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { formatInstant, instant, parseInstant } from '../domain/time.ts'

const schema = z.strictObject({
  schema: z.literal(1),
  kind: z.enum(['cycle', 'reconcile']),
  tick_at: z.string().check(z.refine((text) => parseInstant(text) !== null, 'an ISO-8601 instant')),
  account: z.strictObject({
    label: z.string().check(z.regex(ACCOUNT_LABEL_PATTERN)),
    enabled: z.boolean(),
    mode: z.enum(['paper', 'live']),
    base_url: z.string(),
    strategies: z.nullable(z.array(z.string())),
  }),
  settings: z.record(z.string(), z.string()),
  kill_switch_on: z.boolean(),
  catalog_hash: z.string(),
})

export function encodeTick({
  kind,
  tickAt,
  account,
  settings,
  killSwitchOn,
  catalogHash,
}: TickMessage): string {
  const { label, enabled, target, strategies } = account
  const wire: z.infer<typeof schema> = {
    schema: 1,
    kind,
    tick_at: formatInstant(tickAt),
    account: {
      label,
      enabled,
      mode: target.mode,
      base_url: target.baseUrl,
      strategies: strategies && [...strategies],
    },
    settings: { ...settings },
    kill_switch_on: killSwitchOn,
    catalog_hash: catalogHash,
  }
  return JSON.stringify(wire)
}

/** @throws ConfigurationError naming each field that is wrong. */
export function decodeTick(text: string): TickMessage {
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) {
    const violations = parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.') || '(message)',
      found: 'something else',
      allowed: message,
    }))
    throw new ConfigurationError('The tick message', violations)
  }
  const { kind, tick_at, account, settings, kill_switch_on, catalog_hash } = parsed.data
  return {
    kind,
    tickAt: instant(tick_at),
    account: {
      label: accountLabel(account.label),
      enabled: account.enabled,
      target: { mode: account.mode, baseUrl: account.base_url },
      strategies: account.strategies,
    },
    settings,
    killSwitchOn: kill_switch_on,
    catalogHash: asCatalogHash(catalog_hash),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const violation = { path: '(message)', found: 'text that is not JSON', allowed: 'a tick message' }
    throw new ConfigurationError('The tick message', [violation], { cause })
  }
}
