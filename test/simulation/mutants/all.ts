/** Every mutant that is kept, by layer, and the defects of old. */
import { answerMutants } from './answers.ts'
import { conditionMutants } from './conditions.ts'
import { cycleMutants } from './cycles.ts'
import { dataMutants } from './data.ts'
import { dispatchMutants } from './dispatch.ts'
import { executionMutants } from './executions.ts'
import { firewallMutants } from './firewall.ts'
import { forwarderMutants } from './forwarder.ts'
import { identityMutants } from './identities.ts'
import { laneMutants } from './lanes.ts'
import { limitMutants } from './limits.ts'
import { marketDataMutants } from './market-data.ts'
import type { Mutant } from './mutant.ts'
import { operationMutants } from './operations.ts'
import { orderFeedMutants } from './order-feed.ts'
import { orderShapeMutants } from './order-shapes.ts'
import { outcomeMutants } from './outcomes.ts'
import { planMutants } from './plans.ts'
import { reconcileMutants } from './reconcile.ts'
import { settlingMutants } from './settling.ts'
import { signalMutants } from './signals.ts'
import { tableMutants } from './tables-of-state.ts'
import { streamMutants } from './streams.ts'
import { signalTickMutants } from './ticks-after-signals.ts'
import { wiringMutants } from './wiring.ts'

export { DEFECTS } from './defects.ts'
export { INVARIANTS } from './mutant.ts'

const LAYERS: Readonly<Record<string, readonly Mutant[]>> = {
  conditions: conditionMutants,
  tables: tableMutants,
  firewall: firewallMutants,
  settling: settlingMutants,
  answers: answerMutants,
  executions: executionMutants,
  lanes: laneMutants,
  cycles: cycleMutants,
  plans: planMutants,
  shapes: orderShapeMutants,
  limits: limitMutants,
  signals: signalMutants,
  'order feed': orderFeedMutants,
  forwarder: forwarderMutants,
  streams: streamMutants,
  reconcile: reconcileMutants,
  outcomes: outcomeMutants,
  dispatch: dispatchMutants,
  'ticks after signals': signalTickMutants,
  'market data': marketDataMutants,
  identities: identityMutants,
  data: dataMutants,
  operations: operationMutants,
  wiring: wiringMutants,
}

export const MUTANTS = Object.entries(LAYERS).flatMap(([layer, mutants]) =>
  mutants.map((mutant) => ({ layer, ...mutant })),
)
