/** A stage's catalog, flags and credentials: as they are deployed before the first tick, and as they change. */
import { dynamoStores } from '../../../lib/adapters/dynamodb/stores.ts'
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { AccountEntry } from '../../../lib/domain/account.ts'
import { registryText, rosterText } from '../../../lib/flags/account-entry.ts'
import { asMonotonicMs, type EpochMs } from '../../../lib/domain/time.ts'
import { SimulatedDynamoClient } from '../../support/simulated-dynamodb/client.ts'
import type { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FeatureService } from './feature-service.ts'
import type { Kernel } from './kernel.ts'
import { catalogOf } from './market-reader.ts'
import type { ParameterStore } from './parameter-store.ts'
import type { Scenario } from './scenario.ts'
import type { Withdrawal } from './special-kinds.ts'
import { CREDENTIALS_PATH, FLAGS_PATH, KILL_SWITCH, RETENTION_DAYS, TABLES } from './stage-names.ts'

const UNREADABLE = 'gamma'
const FURTHER_ACCOUNTS = 'features/torghut_trading_multi_account_enabled'

export interface StageOptions {
  readonly kernel: Kernel
  readonly parameters: ParameterStore
  readonly exchange: SimulatedExchange
  readonly tables: readonly SimulatedTable[]
  readonly scenario: Scenario
  readonly features: FeatureService | null
}

export class Stage {
  readonly #options: StageOptions
  #secrets = 1
  /** An account that the registry disables. */
  #disabled: string | null = null

  constructor(options: StageOptions) {
    this.#options = options
  }

  /** What the functions are deployed with. */
  environment(): Readonly<Record<string, string>> {
    return {
      TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
      TRADING_SIGNAL_START: 'earliest',
      TRADING_ACCOUNT_LABEL: 'alpha',
      TRADING_MULTI_ACCOUNT_ENABLED: 'true',
      TRADING_ORDER_FEED_TOPIC_V2: 'torghut.trade-updates.v2',
      ...this.#options.scenario.settings,
    }
  }

  async deploy(at: EpochMs): Promise<void> {
    const { scenario } = this.#options
    const { unreadableAccount: unreadable } = scenario
    if (unreadable !== null) this.#putUnreadable(at)
    this.setKillSwitch(false, null)
    this.setFlag('TRADING_ENABLED', 'true')
    await this.#register(at)
    this.setFlag(FURTHER_ACCOUNTS, 'true')
    for (const account of scenario.accounts) this.#putCredentials(account)
    await this.#applyCatalog(at)
  }

  /** Takes an account out of what is admitted. */
  async withdraw(account: string, how: Withdrawal, at: EpochMs): Promise<void> {
    // a service of its own says what it says
    if (how === 'rolled_back' && this.#options.features === null)
      return this.setFlag(FURTHER_ACCOUNTS, 'false')
    this.#disabled = account
    await this.#register(at)
  }

  /** The registry's entries. */
  entries(): readonly AccountEntry[] {
    const { accounts, unreadableAccount: unreadable } = this.#options.scenario
    const entry = (label: string, enabled: boolean | null): AccountEntry => ({
      label: accountLabel(label),
      mode: null,
      enabled,
      baseUrl: 'http://127.0.0.1:1',
      strategies: null,
    })
    return [
      ...accounts.map((label) => entry(label, label === this.#disabled ? false : null)),
      ...(unreadable === null ? [] : [entry(UNREADABLE, unreadable === 'enabled')]),
    ]
  }

  setFlag(name: string, value: string): void {
    const { kernel, parameters } = this.#options
    kernel.trace.add(`${kernel.now} ${name} = ${value}`)
    parameters.put(`${FLAGS_PATH}/${name}`, value, kernel.now)
  }

  setKillSwitch(on: boolean, account: string | null): void {
    this.setFlag(account === null ? KILL_SWITCH : `accounts/${account}/${KILL_SWITCH}`, String(on))
  }

  /** At the broker at once, in Parameter Store a little later. */
  rotateSecret(account: string, delay: number): void {
    const { kernel, exchange } = this.#options
    this.#secrets += 1
    exchange.secrets.set(`key-${account}`, `secret-${account}-${this.#secrets}`)
    kernel.after(delay, () => this.#putCredentials(account))
  }

  /** As everything should be. */
  restore(): void {
    if (this.#options.features !== null) this.#options.features.isOn = true
    this.setKillSwitch(false, null)
    for (const account of this.#options.scenario.accounts) {
      this.setKillSwitch(false, account)
      this.#putCredentials(account)
    }
    this.setFlag('TRADING_ENABLED', 'true')
    this.setFlag('TRADING_MAX_ORDERS_PER_CYCLE', '20')
  }

  /** Those that the broker takes now. */
  #putCredentials(account: string): void {
    const { kernel, exchange, parameters } = this.#options
    const keyId = `key-${account}`
    const value = JSON.stringify({ key_id: keyId, secret_key: exchange.secrets.get(keyId) })
    parameters.put(`${CREDENTIALS_PATH}/${account}`, value, kernel.now)
  }

  /** An execution and a lane that no version of the code has written. */
  #putUnreadable(at: EpochMs): void {
    const pk = { S: `account#${UNREADABLE}` }
    const [state] = this.#options.tables
    const [execution, lane] = [{ S: 'executions#unreadable' }, { S: 'trade_cursor#ta' }]
    const item = { pk, alpaca_account_label: { S: UNREADABLE }, schema: { N: '99' } }
    // not the doing of anything that is judged
    state?.seed(pk, execution, { ...item, sk: execution, open_pk: pk, open_sk: execution }, at)
    state?.seed(pk, lane, { ...item, sk: lane }, at)
  }

  /** As `accounts apply --to` does. */
  async #register(at: EpochMs): Promise<void> {
    const entries = this.entries()
    const isRoster = this.#options.scenario.registry === 'roster'
    const text = isRoster
      ? rosterText(await this.#stores(at).roster.write(entries, () => undefined))
      : registryText(entries)
    this.setFlag('TRADING_ACCOUNTS_JSON', text)
  }

  /** Stores the strategies, as `strategies apply` does. */
  async #applyCatalog(at: EpochMs): Promise<void> {
    await this.#stores(at).catalog.apply(catalogOf(this.#options.scenario))
  }

  /** Before anything runs: requests take no time. */
  #stores(at: EpochMs) {
    const client = new SimulatedDynamoClient(this.#options.tables, async ({ perform }) =>
      perform(at, Infinity),
    )
    const clock = { now: () => at, monotonic: () => asMonotonicMs(0) }
    return dynamoStores(client.asClient(), TABLES, clock, RETENTION_DAYS)
  }
}
