/** What the checker looks at: the world from outside, and its own view of what is stored. */
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import type { Lost } from './lost.ts'
import type { OwedSignals } from './owed-signals.ts'
import type { ParameterStore } from './parameter-store.ts'
import type { RulesOfBars } from './rules-of-bars.ts'
import type { Scenario } from './scenario.ts'
import type { SignalLogView } from './signal-log-view.ts'
import type { StateView } from './state-view.ts'

export interface Observed {
  readonly kernel: Kernel
  readonly scenario: Scenario
  readonly parameters: ParameterStore
  readonly exchange: SimulatedExchange
  readonly faults: FaultSource
  /** When the exchange's session ends; null: never. */
  readonly closesAt: number | null
  /** How many messages of signals nobody has acknowledged, dead letters too. */
  waitingSignals(): number
  /** All that ever began. */
  invocations(): readonly Invocation[]
}

export interface Evidence extends Observed {
  readonly view: StateView
  readonly log: SignalLogView
  readonly owed: OwedSignals
  /** Null: nobody makes signals of bars. */
  readonly bars: RulesOfBars | null
  readonly lost: Lost
  /** Claims under which an order was sent. */
  readonly postedTokens: ReadonlySet<string>
}
