/**
 * What the order firewall checks an order against besides the kill switch, as it is now
 * (docs/architecture.md#order-firewall).
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig } from '../domain/account.ts'
import type { Settings } from '../domain/settings.ts'

export interface PermissionSource {
  /** Null account: not registered any more. @throws UnavailableError when flags cannot be read. */
  read(
    account: AccountLabel,
  ): Promise<{ readonly settings: Settings; readonly account: AccountConfig | null }>
}
