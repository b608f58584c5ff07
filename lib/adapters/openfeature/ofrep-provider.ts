/**
 * A feature flag service that speaks OFREP, such as Flipt, as an OpenFeature provider
 * (https://openfeature.dev/docs/reference/other-technologies/ofrep/openapi/). The namespace goes into Flipt's header
 * (https://docs.flipt.io/v2/reference/openfeature/flag-evaluation); services without namespaces pass it over.
 *
 * Invariant: a request ends with the timeout, its answer's body included, which the provider itself does not see to.
 */
import { OFREPProvider } from '@openfeature/ofrep-provider'
import type { Provider } from '@openfeature/server-sdk'

export interface OfrepOptions {
  /** No trailing slash. */
  readonly baseUrl: string
  readonly namespace: string
  readonly timeoutMs: number
}

export function ofrepProvider({ baseUrl, namespace, timeoutMs }: OfrepOptions): Provider {
  return new OFREPProvider({
    baseUrl,
    headers: [['X-Flipt-Namespace', namespace]],
    fetchImplementation: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
  })
}
