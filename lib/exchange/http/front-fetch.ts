/**
 * `fetch` that carries requests to a front of the exchange in the same process: method, path, query, headers, body, status and
 * texts are what they are over HTTP, without sockets in between.
 */
import { type ExchangeFront, LARGEST_BODY } from './front.ts'

/** Takes texts for bodies alone, which is all that the broker's client sends. */
export function frontFetch(front: ExchangeFront): typeof fetch {
  return async (target, { method = 'GET', headers, body, signal } = {}) => {
    signal?.throwIfAborted()
    const sent = new Headers(headers)
    const text = typeof body === 'string' ? body : ''
    const answer = await front.answer({
      method,
      url: new URL(target instanceof Request ? target.url : target),
      header: (name) => sent.get(name) ?? undefined,
      body: () => Promise.resolve(Buffer.byteLength(text) > LARGEST_BODY ? null : text),
    })
    signal?.throwIfAborted()
    if (answer.kind === 'never') return aborted(signal)
    if (answer.kind === 'disconnected') throw new TypeError('fetch failed')
    return new Response(answer.body, { status: answer.status, headers: answer.headers })
  }
}

/** Without a signal it waits for ever, as a request over HTTP does. */
function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
