/** A stage's tables as the runtime fills them, with one account `paper` by default over the packaged prices and the examples. */
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { momentOf } from '../../lib/domain/time.ts'
import { InProcessBroker } from '../../lib/exchange/in-process.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'
import { PAPER_EXCHANGE_TARGET } from '../../lib/local/paper-gateway.ts'
import { profileOverlay } from '../../lib/local/profile.ts'
import type { RunInputs } from '../../lib/local/run-inputs.ts'
import { openRuntime } from '../../lib/local/runtime.ts'
import { SimulatedClock } from '../../lib/local/simulated-clock.ts'
import { walk } from '../../lib/local/walk.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { exampleInputs } from './short-run.ts'

const silent = { count: () => {}, measure: () => {}, record: () => {} }

export async function filledStores(from: string, to: string) {
  const inputs = await exampleInputs(from, to, '[{"label":"paper"}]')
  const clock = new SimulatedClock()
  const stores = memoryStores(clock)
  await fillStores(inputs, stores, clock)
  return { stores, clock, source: inputs.source }
}

/** Walks the whole schedule. */
export async function fillStores(
  inputs: RunInputs,
  stores: StateStores,
  clock: SimulatedClock,
): Promise<void> {
  const exchange = new PaperExchange({ clock })
  const values = profileOverlay({})
  const runtime = await openRuntime({
    inputs,
    stores,
    exchange,
    cash: decimal('100000'),
    gateway: (account, budget) => ({
      connect: async () => new InProcessBroker(exchange, account, PAPER_EXCHANGE_TARGET, undefined, budget),
    }),
    flags: {
      read: async () => ({ values, readAt: momentOf(clock) }),
      readNamed: async (names) => ({
        values: Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name))),
        versions: {},
        readAt: momentOf(clock),
      }),
    },
    clock,
    telemetry: silent,
    codeVersion: 'test',
    strategyFailures: () => {},
  })
  const options = { stop: new AbortController().signal, onProgress: () => {}, onKillSwitch: () => {} }
  await walk(runtime, inputs.schedule.steps, 0, options)
}
