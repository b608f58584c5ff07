/** A stage's tables as the runtime fills them over the packaged prices and the examples, with one account `paper`. */
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { momentOf } from '../../lib/domain/time.ts'
import { InProcessBroker } from '../../lib/exchange/in-process.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'
import { PAPER_EXCHANGE_TARGET } from '../../lib/local/paper-gateway.ts'
import { profileOverlay } from '../../lib/local/profile.ts'
import { openRuntime } from '../../lib/local/runtime.ts'
import { SimulatedClock } from '../../lib/local/simulated-clock.ts'
import { walk } from '../../lib/local/walk.ts'
import { exampleInputs } from './short-run.ts'

const silent = { count: () => {}, measure: () => {}, record: () => {} }

export async function filledStores(from: string, to: string) {
  const inputs = await exampleInputs(from, to, '[{"label":"paper"}]')
  const clock = new SimulatedClock()
  const stores = memoryStores(clock)
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
  return { stores, clock, source: inputs.source }
}
