/**
 * `fetch` for a server on this machine, by Node's own HTTP client: half of what the built-in one takes for small answers.
 * It follows no redirects and takes texts alone, which is all that the broker's client asks for.
 */
import { Agent, request } from 'node:http'

export interface LoopbackFetch {
  readonly fetch: typeof fetch
  readonly close: () => void
}

/** Its connections are kept until it is closed. */
export function openLoopbackFetch(): LoopbackFetch {
  const agent = new Agent({ keepAlive: true })
  return {
    fetch: (target, { method, headers, body, signal } = {}) =>
      new Promise<Response>((resolve, reject) => {
        const asked = request(target instanceof Request ? target.url : target, {
          agent,
          method: method ?? 'GET',
          headers: headers as Record<string, string>,
          ...(signal ? { signal } : {}),
        })
        asked.on('error', reject)
        asked.on('response', (answer) => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part))
          answer.on('error', reject)
          answer.on('end', () => {
            const content = Buffer.concat(parts)
            resolve(
              new Response(content.length === 0 ? null : content, {
                status: answer.statusCode ?? 500,
                headers: { 'content-type': answer.headers['content-type'] ?? '' },
              }),
            )
          })
        })
        asked.end(body)
      }),
    close: () => agent.destroy(),
  }
}
