/** Which strategies a replay runs for an account: those that the registry gives it, or all. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { parseAccounts } from '../../flags/account-registry.ts'
import { didYouMean } from '../../domain/did-you-mean.ts'
import { ACCOUNTS_JSON } from '../../flags/definitions.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import { violation } from '../../formats/violations.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'

/**
 * Without an account, or without a registry in the environment, all strategies.
 * @throws ConfigurationError for a label that the registry does not know.
 */
export function strategiesOfAccount(
  strategies: readonly StrategyDefinition[],
  account: AccountLabel | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): readonly StrategyDefinition[] {
  const registry = environment[ACCOUNTS_JSON]
  if (account === undefined || registry === undefined) return strategies
  const accounts = parseAccounts(registry, parseSettings(environment))
  const config = accounts.find((candidate) => candidate.label === account)
  if (config === undefined) {
    const labels = accounts.map((candidate) => candidate.label)
    const hint = didYouMean(account, labels)
    throw new ConfigurationError('The account', [
      violation('--account', JSON.stringify(account), labels.join(', '), hint),
    ])
  }
  const ids = config.strategies
  return ids === null ? strategies : strategies.filter(({ id }) => ids.includes(id))
}
