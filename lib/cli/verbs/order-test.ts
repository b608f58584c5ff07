/** `torghut doctor --order-test`: one order far off the market, seen and cancelled at the account's real broker. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigurationError } from '../../domain/errors.ts'
import { asClientOrderId } from '../../domain/ids.ts'
import { isCrypto, parseSymbol } from '../../domain/symbol.ts'
import { describeFound, violation } from '../../formats/violations.ts'
import { readFleet, type Deployment } from '../../operations/deployment.ts'
import type { Check } from '../../operations/doctor.ts'
import { orderTest, TEST_PAIRS } from '../../operations/order-test.ts'
import { TEST_ORDER_PREFIX } from '../../operations/test-order.ts'
import type { CliContext } from '../context.ts'
import { accountNamed } from '../target.ts'
import { confirmLabel } from '../terminal/prompt.ts'

export interface OrderTestOptions {
  readonly orderTest?: true
  readonly account?: string
  readonly symbol?: string
  readonly confirm?: string
}

const DEFAULT_SYMBOL = 'SPY'

/** The check that the options ask for. @throws ConfigurationError, and RefusedError for a live account unconfirmed */
export async function chosenOrderTest(
  context: CliContext,
  deployment: Deployment,
  options: OrderTestOptions,
): Promise<readonly Check[]> {
  const { accounts } = await readFleet(deployment)
  if (options.account === undefined) {
    throw usage('--account', 'nothing', `one of ${accounts.map(({ label }) => label).join(', ')}`)
  }
  const { label, target } = accountNamed(options.account, accounts, '--account')
  const symbol = symbolNamed(options.symbol ?? DEFAULT_SYMBOL)
  if (target.mode === 'live') {
    const what = `This sends a real order to the live account ${label}: a buy of ${symbol} at a dollar, cancelled at once.`
    await confirmLabel(context, what, label, options.confirm)
  }
  const tester = await deployment.openOrderTester(target, await deployment.credentials.read(label))
  const clientOrderId = asClientOrderId(`${TEST_ORDER_PREFIX}${randomUUID().slice(0, 13)}`)
  return orderTest({ tester, account: label, symbol, clientOrderId, pause: (ms) => pause(ms) })
}

function symbolNamed(text: string): string {
  const symbol = parseSymbol(text)
  if (symbol === null || (isCrypto(symbol) && !TEST_PAIRS.includes(symbol))) {
    throw usage('--symbol', describeFound(text), `a share such as SPY, or one of ${TEST_PAIRS.join(', ')}`)
  }
  return symbol
}

function usage(path: string, found: string, allowed: string): ConfigurationError {
  return new ConfigurationError('The order test', [violation(path, found, allowed)])
}
