/** What few worlds have beside what all have: each is about one thing that a seed would otherwise meet by chance alone. */
export type Special =
  /** From this tick on an account is disabled in the registry, or a rollback leaves it out. */
  | { readonly kind: 'withdrawn'; readonly account: string; readonly tick: number; readonly how: Withdrawal }
  /** From this tick on the trading window is closed, nothing fills, and the kill switch is on. */
  | { readonly kind: 'night'; readonly tick: number }
  /** The schedule ticks every five minutes, at minutes that do not divide by five. */
  | { readonly kind: 'off_beat' }
  /** A slow store, and more signals at once than one delivery can store and one invocation carry out; no order fills. */
  | { readonly kind: 'crowd' }
  /** An earlier version took a catalog whose strategy has a cap that cannot be read. */
  | { readonly kind: 'unreadable_cap' }
  /** Lanes are ticked after signals too, and signals come in bursts, also when the faults have stopped. */
  | { readonly kind: 'signal_ticks' }
  /** The tables go back while faults go on; or without new processes, against the runbook. */
  | { readonly kind: 'troubled_restore' | 'warm_restore' }
  /** Before this tick the broker takes no orders, and does not answer look-ups. */
  | { readonly kind: 'hanging'; readonly until: number }
  /** Ingest dies over a position that it has reserved, after so long in the minute before this tick; both come again as it expires. */
  | { readonly kind: 'expiring'; readonly tick: number; readonly afterMs: number }
  /** Bars of these symbols come in windows that overlap. */
  | { readonly kind: 'bar_windows'; readonly symbols: readonly string[] }
  | MarketDataSpecial

/** Signals are made by the stage itself, of the market's minute bars. */
export interface MarketDataSpecial {
  readonly kind: 'market_data'
  readonly symbols: readonly string[]
  /** Whether a strategy names a symbol that the market does not know. */
  readonly unknownSymbol: boolean
  /** Bars of before the first tick that a series begins with. */
  readonly warmUp: number
  /** From the first tick on there are bars. */
  readonly minutes: number
  /** Whether the shares split in the middle. */
  readonly splits: boolean
  /** Whether the schedule runs the producer, and whether bars are streamed. */
  readonly beats: boolean
  readonly streams: boolean
}

export type Withdrawal = 'disabled' | 'rolled_back'
/** Those that are drawn for a world of their own. */
export type SpecialKind = Exclude<Special['kind'], 'troubled_restore' | 'warm_restore'>
