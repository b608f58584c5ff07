/**
 * What came of one request to the broker, before anybody judges what it means for an order.
 *
 * Invariants: a reply holds no credential. The SDK's errors are not kept as causes, since what they hold is
 * whatever the peer sent back, which may be our own request; only names, codes and the redacted body are.
 */
import { trading } from '@alpacahq/alpaca-trade-api/rest'
import * as z from 'zod/mini'
import { parseJson } from '../../domain/parse-json.ts'

export type Reply =
  /** 2xx with a JSON body (undefined when empty). */
  | { readonly kind: 'read'; readonly json: unknown }
  /** A status of 400 or above with its body as text; whether that is the broker's own, not some gateway's page. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string; readonly isOwn: boolean }
  /** No answer in time, none at all, or one that cannot be read. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** Our own request budget is used up: nothing was sent. */
  | { readonly kind: 'not_sent' }

const refusalBody = z.object({ message: z.string() })

/** A body is evidence, kept on the execution; more than this many characters is some gateway's page. */
const BODY_LIMIT = 4000

/** Runs one call of the SDK (a `...Raw` method) and reads its answer. Never throws. */
export async function replyOf(
  call: () => Promise<{ readonly raw: Response }>,
  redact: (text: string) => string,
): Promise<Reply> {
  try {
    const { raw } = await call()
    const text = await raw.text()
    return text === '' ? { kind: 'read', json: undefined } : readJson(text)
  } catch (error) {
    return error instanceof trading.ApiError
      ? await readRefusal(error, redact)
      : { kind: 'unreadable', reason: describeFault(error) }
  }
}

function readJson(text: string): Reply {
  try {
    return { kind: 'read', json: JSON.parse(text) }
  } catch {
    return { kind: 'unreadable', reason: 'the answer is not JSON' }
  }
}

async function readRefusal(error: trading.ApiError, redact: (text: string) => string): Promise<Reply> {
  const { status } = error
  try {
    const whole = await error.response.text()
    const body = redact(whole)
    const shown =
      body.length > BODY_LIMIT ? `${body.slice(0, BODY_LIMIT)}... (${body.length} characters)` : body
    return { kind: 'refused', status, body: shown, isOwn: isBrokerRefusal(whole) }
  } catch {
    // The status line came, its body did not. That nothing was taken after a 429 needs no body.
    return status === 429
      ? { kind: 'refused', status, body: '', isOwn: false }
      : { kind: 'unreadable', reason: `status ${status} with a body that broke off` }
  }
}

/** Names and codes along the chain of causes; no messages, since some quote the headers that were sent. */
function describeFault(error: unknown): string {
  const links: string[] = []
  for (let link = error; link instanceof Error && links.length < 5; link = link.cause) {
    if (link.name === 'TimeoutError') return 'no answer in time'
    const code = 'code' in link && typeof link.code === 'string' ? ` ${link.code}` : ''
    links.push(`${link.name}${code}`)
  }
  return `no answer: ${links.join(' < ') || typeof error}`
}

/** Tells whether a body is Alpaca's own `{ code, message }`, not some gateway's page. */
function isBrokerRefusal(body: string): boolean {
  return refusalBody.safeParse(parseJson(body)).success
}
