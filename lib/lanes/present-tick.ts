/**
 * A tick that says how things are now (docs/architecture.md#lane): with the catalog and the flags of this moment instead
 * of those of its dispatch, for ticks that were delivered before or waited long. What an operator has mended meanwhile,
 * such as a strategy that kills its lane, is in force for them at once.
 *
 * Invariant: it only adds safety to what the dispatcher said: a tick that says that the kill switch is on, or that the
 * account is not admitted, goes on saying so.
 */
import type { RawValues } from '../domain/settings.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { accountsOf } from '../flags/account-registry.ts'
import { FLAG_NAMES } from '../flags/definitions.ts'
import { resolveListedFleet, rosterInForce } from '../flags/fleet.ts'
import { accountKillSwitchKey, resolveKillSwitch } from '../flags/resolve.ts'
import type { AccountRoster } from '../ports/account-roster.ts'
import type { FlagSource } from '../ports/flag-source.ts'
import type { StrategyCatalog } from '../ports/strategy-catalog.ts'

export interface PresentTickDeps {
  readonly catalog: Pick<StrategyCatalog, 'currentHash'>
  /** The flags' values below those of the source. */
  readonly environment: RawValues
  readonly flags: Pick<FlagSource, 'readNamed'>
  readonly roster: Pick<AccountRoster, 'readEntry'>
}

/** The most names that one request of flags holds. */
const NAMES_AT_ONCE = 10

/** @throws ConfigurationError for flags that are not allowed, UnavailableError when they or the catalog cannot be read */
export async function presentTick(
  message: TickMessage,
  { catalog, environment, flags, roster }: PresentTickDeps,
): Promise<TickMessage> {
  const { label } = message.account
  const names = [...FLAG_NAMES, accountKillSwitchKey(label)]
  const chunks = Array.from({ length: Math.ceil(names.length / NAMES_AT_ONCE) }, (_, index) =>
    names.slice(index * NAMES_AT_ONCE, (index + 1) * NAMES_AT_ONCE),
  )
  const [hash, ...readings] = await Promise.all([
    catalog.currentHash(),
    ...chunks.map((chunk) => flags.readNamed(chunk)),
  ])
  const overlay = Object.assign({}, ...readings.map(({ values }) => values)) as Record<string, string>
  const { raw, settings, accounts } = resolveListedFleet(environment, overlay)
  const revision = rosterInForce(environment, overlay)
  const entry = revision === null ? null : await roster.readEntry(revision, label)
  const registered = revision === null ? accounts : entry === null ? [] : accountsOf([entry], settings)
  const account = registered.find((one) => one.label === label)
  return {
    ...message,
    settings: raw,
    account: account ?? message.account,
    catalogHash: hash ?? message.catalogHash,
    killSwitchOn: message.killSwitchOn || resolveKillSwitch(environment, overlay, label) !== 'off',
    admitted: message.admitted && account?.enabled === true,
  }
}
