/** `torghut exchange`: the paper exchange by itself, for trying a deployment or any Alpaca client against it. */
import { once } from 'node:events'
import { systemClock } from '../../adapters/system/system-clock.ts'
import { parseAccountLabel } from '../../domain/account-label.ts'
import { formatDecimal, parseDecimal, type Decimal } from '../../domain/decimal.ts'
import { didYouMean } from '../../domain/did-you-mean.ts'
import { ConfigurationError, type Violation } from '../../domain/errors.ts'
import { parseSymbol } from '../../domain/symbol.ts'
import { FAULT_KINDS, FaultPlan, ROUTES, type FaultOrder } from '../../exchange/faults.ts'
import { runMarket } from '../../exchange/http/live-market.ts'
import { ExchangeServer } from '../../exchange/http/server.ts'
import { keepHours } from '../../exchange/market-hours.ts'
import { PaperExchange, type PaperAccount } from '../../exchange/paper-exchange.ts'
import { describeFound, violation } from '../../formats/violations.ts'
import { paperKey } from '../../local/paper-gateway.ts'
import { createCalendar } from '../../market/calendar/create-calendar.ts'
import type { CliContext } from '../context.ts'
import { chosenMarket, type ExchangeMarketOptions } from '../exchange-market.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readTextFile } from '../terminal/input-file.ts'

interface ExchangeOptions extends ExchangeMarketOptions {
  readonly account?: readonly string[]
  readonly price?: readonly string[]
  readonly prices?: string
  readonly fault?: readonly string[]
  readonly port?: number
  readonly alwaysOpen?: true
  readonly json?: true
}

const ONE_ACCOUNT = 'paper:100000'
/** How often it looks whether the day's session has begun. */
const HOURS_INTERVAL_MS = 1000

/** Runs it until it is interrupted. @throws ConfigurationError, InUseError for a port that is taken */
export async function runExchange(context: CliContext, options: ExchangeOptions): Promise<ExitCode> {
  const exchange = new PaperExchange({
    clock: systemClock,
    alwaysOpen: options.alwaysOpen === true,
    autoFill: options.bars === undefined,
  })
  const accounts = readAll(() => '--account', options.account ?? [ONE_ACCOUNT], readAccount)
  for (const account of accounts) exchange.openAccount(account)
  const listed = options.prices === undefined ? [] : await readPricesFile(options.prices, context.folder)
  const named = readAll(() => '--price', options.price ?? [], readPrice)
  exchange.markPrices(Object.fromEntries([...listed, ...named]))
  const market = await chosenMarket(options, exchange, context.folder)
  const faults = new FaultPlan()
  for (const fault of readAll(() => '--fault', options.fault ?? [], readFault)) faults.add(fault)
  const server = await ExchangeServer.listen({
    exchange,
    keys: accounts.map(({ label }) => paperKey(label)),
    faults,
    port: options.port ?? 0,
    ...(market === null ? {} : { market }),
    onFault: (error) => context.output.note(`a request met a fault: ${String(error)}`),
  })
  const stop = market === null ? startHours(exchange) : runMarket(server, market.tape)
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  try {
    await tell(context, server.baseUrl, accounts, options.json === true)
    await stopped
  } finally {
    stop()
    await server.close()
  }
  return EXIT.ok
}

async function tell(
  { output }: CliContext,
  baseUrl: string,
  accounts: readonly PaperAccount[],
  json: boolean,
): Promise<void> {
  const shown = accounts.map(({ label, cash }) => {
    const { keyId, secret } = paperKey(label)
    return { label, key_id: keyId, secret, cash: formatDecimal(cash) }
  })
  if (json) return output.printJson({ base_url: baseUrl, accounts: shown })
  const head = ['account', 'key id', 'secret', 'dollars']
  await output.printTable(
    head,
    shown.map((row) => Object.values(row)),
  )
  await output.print(`The paper exchange listens at ${baseUrl}`)
  output.note('Press Ctrl-C to stop it; it keeps nothing.')
}

/** Gives back what stops them. */
function startHours(exchange: PaperExchange): () => void {
  if (exchange.alwaysOpen) return () => {}
  const calendar = createCalendar('us_equities')
  keepHours(exchange, calendar)
  const timer = setInterval(() => keepHours(exchange, calendar), HOURS_INTERVAL_MS)
  return () => clearInterval(timer)
}

type Price = readonly [symbol: string, price: Decimal]
/** What a text says, or what is wrong with it. */
type Read<Value> = (text: string, path: string) => { readonly value: Value } | Violation

/** `LABEL:DOLLARS` */
const readAccount: Read<PaperAccount> = (text, path) => {
  const [name = '', dollars = '', ...rest] = text.split(':')
  const [label, cash] = [parseAccountLabel(name), parseDecimal(dollars)]
  if (label !== null && cash !== null && cash >= 0n && rest.length === 0) return { value: { label, cash } }
  return violation(path, describeFound(text), 'LABEL:DOLLARS, such as alpha:100000')
}

/** `SYMBOL=PRICE` */
const readPrice: Read<Price> = (text, path) => {
  const [name = '', amount = '', ...rest] = text.split('=')
  const [symbol, price] = [parseSymbol(name), parseDecimal(amount)]
  if (symbol !== null && price !== null && price > 0n && rest.length === 0) return { value: [symbol, price] }
  return violation(path, describeFound(text), 'SYMBOL=PRICE, such as AAPL=190.5')
}

/** `ROUTE=KIND`, as in `POST /v2/orders=429` */
const readFault: Read<FaultOrder> = (text, path) => {
  const [route = '', name = ''] = text.split('=')
  const on = ROUTES.find((known) => known === route)
  const kind = FAULT_KINDS.find((known) => known === name)
  if (on !== undefined && kind !== undefined) return { value: { on, kind } }
  const [part, found, known] = on === undefined ? ['route', route, ROUTES] : ['kind', name, FAULT_KINDS]
  return violation(`${path} ${part}`, describeFound(found), known.join(', '), didYouMean(found, known))
}

async function readPricesFile(file: string, folder: string): Promise<readonly Price[]> {
  const lines = (await readTextFile(file, folder)).split('\n').map((line) => line.trim())
  return readAll((index) => `${file}:${index + 1}`, lines, readPrice)
}

/** Reads each text that is not empty. @throws ConfigurationError with every one that cannot be read */
function readAll<Value>(
  placeOf: (index: number) => string,
  texts: readonly string[],
  read: Read<Value>,
): readonly Value[] {
  const values: Value[] = []
  const violations: Violation[] = []
  for (const [index, text] of texts.entries()) {
    if (text === '') continue
    const reading = read(text, placeOf(index))
    if ('value' in reading) values.push(reading.value)
    else violations.push(reading)
  }
  if (violations.length > 0) throw new ConfigurationError('The exchange', violations)
  return values
}
