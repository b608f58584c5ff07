/** How updates come in a world, and the processes that bring them, if there are such. */
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import { queueWay } from './deployed.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import { orderFeedFromTopic } from './feed-functions.ts'
import { Forwarders } from './forwarders.ts'
import type { FunctionDeps } from './functions.ts'
import type { Kernel } from './kernel.ts'
import type { Requests } from './requests.ts'
import type { Scenario } from './scenario.ts'
import type { Services } from './services.ts'
import { UpdateStream } from './update-stream.ts'
import { type TopicFunction, UpdateTopic } from './update-topic.ts'
import type { UpdateWay } from './update-way.ts'

export interface FeedParts {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly scenario: Scenario
  readonly exchange: SimulatedExchange
  readonly checker: Checker
  readonly cloud: Cloud
  readonly services: Services
  readonly requests: Requests
  /** The function behind its queue. */
  readonly feed: FunctionSpec
}

export interface Feed {
  readonly way: UpdateWay
  readonly forwarders: Forwarders | null
}

export function openFeed(parts: FeedParts, deps: FunctionDeps): Feed {
  const { kernel, scenario, exchange, checker, cloud, seed, feed } = parts
  if (scenario.feed === 'topic') {
    const run: TopicFunction = (host, event, context) => orderFeedFromTopic(host, deps, event, context)
    const onUnknownRecord = (what: string): void => checker.repeatedBatch(what)
    return { way: new UpdateTopic({ ...parts, run, onUnknownRecord }), forwarders: null }
  }
  if (scenario.feed !== 'forwarders') return { way: queueWay(feed, cloud, kernel), forwarders: null }
  const stream = new UpdateStream({
    kernel,
    exchange,
    seed,
    onRefused: (invocation) => checker.forwarders.mayEnd(invocation),
  })
  const { accounts } = scenario
  const forwarders = new Forwarders({ ...parts, accounts, stream, telemetry: deps.telemetry })
  return { way: stream, forwarders }
}
