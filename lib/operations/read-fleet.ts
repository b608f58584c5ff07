/** A stage's flags and accounts as its functions resolve them (docs/architecture.md#flags). */
import type { RawValues } from '../domain/settings.ts'
import { resolveFleet, type Fleet } from '../flags/fleet.ts'
import type { Deployment } from './deployment.ts'

export interface DeployedFleet extends Fleet {
  readonly environment: RawValues
  readonly overlay: Readonly<Record<string, string>>
}

/** @throws ConfigurationError with every violation, UnavailableError */
export async function readFleet({
  flags,
  infrastructure,
}: Pick<Deployment, 'flags' | 'infrastructure'>): Promise<DeployedFleet> {
  const [overlay, environment] = await Promise.all([flags.readAll(), infrastructure.functionFlags('lane')])
  return { ...resolveFleet(environment ?? {}, overlay), environment: environment ?? {}, overlay }
}
