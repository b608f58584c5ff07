/** How Alpaca is reached with an account's credentials, which appear in nothing that is shown. */
import { trading } from '@alpacahq/alpaca-trade-api/rest'
import type { BrokerCredentials, BrokerTarget } from '../../domain/account.ts'
import { ConfigurationError } from '../../domain/errors.ts'

export interface ConnectionOptions {
  readonly target: BrokerTarget
  readonly credentials: BrokerCredentials
  /** How long a request may take, in milliseconds; at most 8000, which is the default. */
  readonly timeoutMs?: number
  /** Carries requests; the process's own if absent. */
  readonly fetch?: typeof fetch
}

export interface AlpacaConnection {
  readonly configuration: trading.Configuration
  /** Blanks the credentials out of a text that came from outside. */
  readonly redact: (text: string) => string
}

const LONGEST_TIMEOUT_MS = 8000
const HEADER_VALUE = /^[\x21-\x7e]+$/

/** What the SDK's configurations are made of, those of trading and of market data alike. */
export interface ConnectionParameters {
  readonly basePath: string
  readonly keyId: string
  readonly secret: string
  readonly timeoutMs: number
  readonly fetchApi?: typeof fetch
}

/**
 * Sends nothing.
 * @throws ConfigurationError when the credentials cannot be sent as headers; it does not show them.
 */
export function alpacaConnection(options: ConnectionOptions): AlpacaConnection {
  const { parameters, redact } = connectionTo(options.target.baseUrl, options)
  return { configuration: new trading.Configuration(parameters), redact }
}

/** As `alpacaConnection`, of any of Alpaca's hosts. */
export function connectionTo(
  baseUrl: string,
  options: Omit<ConnectionOptions, 'target'>,
): { readonly parameters: ConnectionParameters; readonly redact: (text: string) => string } {
  const { credentials } = options
  const violations = Object.entries({ 'key id': credentials.keyId, secret: credentials.secret })
    .filter(([, value]) => !HEADER_VALUE.test(value))
    .map(([path]) => ({ path, found: 'an unusable value', allowed: 'printable characters without spaces' }))
  if (violations.length > 0) throw new ConfigurationError('the broker credentials', violations)
  const parameters = {
    basePath: baseUrl,
    keyId: credentials.keyId,
    secret: credentials.secret,
    timeoutMs: Math.min(options.timeoutMs ?? LONGEST_TIMEOUT_MS, LONGEST_TIMEOUT_MS),
    ...(options.fetch === undefined ? {} : { fetchApi: options.fetch }),
  }
  return { parameters, redact: redactor(credentials) }
}

function redactor({ keyId, secret }: BrokerCredentials): (text: string) => string {
  const secrets = [secret, keyId].flatMap((value) => [value, encodeURIComponent(value)])
  return (text) => secrets.reduce((shown, value) => shown.replaceAll(value, '[redacted]'), text)
}
