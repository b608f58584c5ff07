/**
 * The way from an append to a tick: a function asks, Lambda queues the event, and the dispatcher runs - or the event is
 * lost, late or delivered twice.
 */
import type { InvokeCommand } from '@aws-sdk/client-lambda'
import type { AppendedSignals } from '../../../lib/domain/appended-signals.ts'
import { decodeAppended } from '../../../lib/formats/appended-event.ts'
import { LambdaDispatchAsker } from '../../../lib/adapters/aws/dispatch-asker.ts'
import type { DispatchAsker } from '../../../lib/ports/dispatch-asker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { FaultSource } from './faults.ts'
import type { Host } from './host.ts'
import type { Kernel } from './kernel.ts'
import { tooManyRequests } from './parameter-store.ts'
import { streamOf } from './random.ts'
import type { Requests } from './requests.ts'

export interface SignalTicksOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly cloud: Cloud
  readonly requests: Requests
  readonly lane: FunctionSpec
  readonly dispatch: (host: Host, signals: AppendedSignals) => Promise<void>
}

const DISPATCHER = 'dispatch'
const REQUEST_TIMEOUT_MS = 6000
const DISPATCH_TIMEOUT_MS = 30_000
/** Few worlds ask for such ticks. */
const WEIGHT = 3
const SOON_MS = 150
/** An event that is older is dropped (cdk/constructs/dispatch.ts). */
const OLDEST_MS = 60_000

export class SignalTicks {
  readonly #options: SignalTicksOptions
  #events = 0

  constructor(options: SignalTicksOptions) {
    this.#options = options
  }

  /** Asks for ticks as the process's function does. */
  asker(host: Host): DispatchAsker {
    const { requests } = this.#options
    const send = (command: InvokeCommand): Promise<unknown> => {
      if (host.current === null) throw new Error(`process ${host.name} runs nothing`)
      const { FunctionName: subject = '', Payload: payload } = command.input
      return requests.send(host.current, {
        service: 'lambda',
        operation: 'Invoke',
        subject,
        isWrite: true,
        timeoutMs: REQUEST_TIMEOUT_MS,
        weight: 1,
        faults: ['repeated'],
        perform: () => this.#take(payload as string),
        throttled: tooManyRequests,
      })
    }
    return new LambdaDispatchAsker({ send } as never, DISPATCHER)
  }

  #take(payload: string): Record<string, never> {
    const { kernel, faults, seed } = this.#options
    const signals = decodeAppended(JSON.parse(payload))
    if (signals === null) throw new Error(`no event of appended signals: ${payload}`)
    this.#events += 1
    const place = `signal tick ${this.#events}`
    const fault = faults.at(place, ['signal_tick_lost', 'signal_tick_duplicated', 'signal_tick_late'], WEIGHT)
    const draw = streamOf(seed, place)
    if (fault === 'signal_tick_lost') return {}
    const first =
      kernel.now + (fault === 'signal_tick_late' ? draw.below(OLDEST_MS) : draw.between(1, SOON_MS))
    this.#dispatch(signals, first)
    if (fault === 'signal_tick_duplicated') this.#dispatch(signals, first + draw.below(draw.pick([50, 5000])))
    return {}
  }

  /** What fails is not repeated. */
  #dispatch(signals: AppendedSignals, at: number): void {
    const { kernel, cloud, lane, dispatch } = this.#options
    const run = (host: Host): Promise<void> => dispatch(host, signals)
    kernel.at(at, () =>
      cloud.invoke(DISPATCHER, `dispatch:${signals.position}`, DISPATCH_TIMEOUT_MS, run, () =>
        cloud.pump(lane),
      ),
    )
  }
}
