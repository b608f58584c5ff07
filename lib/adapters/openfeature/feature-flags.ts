/**
 * The feature flag port over OpenFeature. A service that is down may still call itself ready and answer with
 * the default, so the error code decides, not the value (docs/architecture.md#multi-account-gate).
 */
import { ErrorCode, OpenFeature, type Client, type Provider } from '@openfeature/server-sdk'
import type { FeatureFlags, FeatureReading } from '../../ports/feature-flags.ts'

class OpenFeatureFlags implements FeatureFlags {
  readonly #client: Client
  constructor(client: Client) {
    this.#client = client
  }

  async read(key: string, entity: string): Promise<FeatureReading> {
    const details = await this.#client.getBooleanDetails(key, false, { targetingKey: entity })
    // A flag that nobody has created is off; anything else that went wrong says nothing.
    if (details.errorCode === ErrorCode.FLAG_NOT_FOUND) return { kind: 'off' }
    if (details.errorCode !== undefined) {
      // a service may fail without a word
      return { kind: 'unreadable', reason: details.errorMessage || details.errorCode }
    }
    return { kind: details.value ? 'on' : 'off' }
  }
}

/** `domain` keeps several providers in one process apart. */
export async function openFeatureFlags(provider: Provider, domain: string): Promise<FeatureFlags> {
  await OpenFeature.setProviderAndWait(domain, provider)
  return new OpenFeatureFlags(OpenFeature.getClient(domain))
}
