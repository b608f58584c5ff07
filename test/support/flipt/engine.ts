/**
 * Flipt's own evaluation engine over a file of flags in its declarative format. The engine is the one that its server
 * ships to its clients; here it is given what the server would send them (`/internal/v1/evaluation/snapshot`).
 */
import { FliptClient } from '@flipt-io/flipt-client-js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { packageRoot } from '../../../lib/cli/terminal/input-file.ts'

interface Document {
  readonly namespace: string
  readonly flags: readonly {
    readonly key: string
    readonly name: string
    readonly type: string
    readonly enabled: boolean
    readonly rollouts?: readonly { readonly segment: { readonly key: string; readonly value: boolean } }[]
  }[]
  readonly segments?: readonly {
    readonly key: string
    readonly constraints: readonly {
      readonly property: string
      readonly operator: string
      readonly value: string
    }[]
  }[]
}

export interface Engine extends Pick<FliptClient, 'evaluateBoolean'> {
  readonly flagKeys: ReadonlySet<string>
}

/** An engine for each namespace of the file `features.yaml` beside this one. */
export async function fliptEngines(): Promise<ReadonlyMap<string, Engine>> {
  const file = readFileSync(join(packageRoot(), 'test/support/flipt/features.yaml'), 'utf8')
  const documents = parseAllDocuments(file).map((document) => document.toJS() as Document)
  const engines = new Map<string, Engine>()
  // one after the other: two that load the module at the same time end up with one instance's memory
  for (const document of documents) {
    const answer = snapshotOf(document)
    const fetcher = async () => ({
      ok: true,
      status: 200,
      statusText: 'OK',
      headers: { get: () => null },
      json: async () => answer,
    })
    const engine = await FliptClient.init({ namespace: document.namespace, fetcher })
    engines.set(document.namespace, {
      flagKeys: new Set(engine.listFlags().map(({ key }) => key)),
      evaluateBoolean: (request) => engine.evaluateBoolean(request),
    })
  }
  return engines
}

/** In the words of the snapshot, which are not all those of the declarative format. */
function snapshotOf({ namespace, flags, segments = [] }: Document): object {
  const segmentsOf = (key: string) =>
    segments
      .filter((segment) => segment.key === key)
      .map(({ constraints }) => ({
        key,
        matchType: 'ANY_SEGMENT_MATCH_TYPE',
        constraints: constraints.map(({ property, operator, value }) => ({
          type: 'ENTITY_ID_CONSTRAINT_COMPARISON_TYPE',
          property,
          operator,
          value,
        })),
      }))
  return {
    namespace: { key: namespace },
    flags: flags.map(({ key, name, type, enabled, rollouts = [] }) => ({
      key,
      name,
      description: '',
      type,
      enabled,
      rules: [],
      rollouts: rollouts.map(({ segment }, index) => ({
        type: 'SEGMENT_ROLLOUT_TYPE',
        rank: index + 1,
        segment: {
          value: segment.value,
          segmentOperator: 'OR_SEGMENT_OPERATOR',
          segments: segmentsOf(segment.key),
        },
      })),
    })),
  }
}
