/**
 * The kinds of faults, and where they come from: drawn by the seed, or placed one by one (for replays, shrinking and
 * enumeration). A fault has a place, such as the seventh request of an invocation, that stays the same when other
 * faults are taken away before it.
 */
import { streamOf } from './random.ts'

/** Of a request to any service. */
export const REQUEST_FAULTS = [
  'fails_before',
  'answer_lost',
  'never_answered',
  'lands_late',
  'slow',
  'throttled',
  'killed_before',
  'killed_after',
  'frozen',
] as const

/** Of requests to some services only. */
export const SERVICE_FAULTS = [
  'repeated',
  'stale',
  'partial_batch',
  'broker_500',
  'broker_500_after',
  'broker_malformed_after',
  'broker_gateway_page',
  'broker_refuses',
  'broker_422',
  'flag_gone',
  'flag_garbled',
  'data_500',
  'data_half',
  'data_gateway_page',
  'data_wrong_type',
  'data_paged',
] as const

/** Of the world around, at any request. */
export const WORLD_FAULTS = ['kill_switch_flip', 'flag_flip', 'secret_rotated', 'clock_jump'] as const

/** Of schedule, queues, deployments and markets. */
export const SCENE_FAULTS = [
  'tick_lost',
  'tick_duplicated',
  'tick_late',
  'signal_tick_lost',
  'signal_tick_duplicated',
  'signal_tick_late',
  'delivered_twice',
  'update_duplicated',
  'update_reordered',
  'update_lost',
  'feed_silent',
  'fill_busted',
  'fill_corrected',
  'deploy',
  'new_process',
  'broker_outage',
  'market_closed',
  'record_too_large',
  'tick_from_future',
  'foreign_order',
  'manual_order',
  'unreadable_account',
  'sent_again_after_retention',
  'reservation_abandoned',
  'tables_restored',
  'account_withdrawn',
  'account_unreadable',
  'broker_hangs',
  'filled_meanwhile',
  'signal_too_large',
  'impossible_date',
  'operator_kill_on',
  'operator_flags_set',
  'operator_lane_resume',
  'operator_redrive',
  'operator_registry_move',
  'feature_off',
  'stream_lost',
  'forwarder_killed',
  'forwarder_stopped',
  'records_redelivered',
  'bars_sent_again',
  'bar_late',
  'bar_missing',
  'bar_corrected',
  'bar_wrong',
  'bar_under_way',
  'bar_split',
  'symbol_unknown',
  'beat_lost',
  'beat_duplicated',
  'beat_late',
  'folds_lost',
  'bar_stream_lost',
  'bar_told_twice',
  'bar_told_late',
  'bar_told_wrongly',
  'streamer_killed',
  'streamer_stopped',
] as const

export type RequestFault =
  (typeof REQUEST_FAULTS)[number] | (typeof SERVICE_FAULTS)[number] | (typeof WORLD_FAULTS)[number]
export type SceneFault = (typeof SCENE_FAULTS)[number]
export type FaultKind = RequestFault | SceneFault

export const FAULT_KINDS: readonly FaultKind[] = [
  ...REQUEST_FAULTS,
  ...SERVICE_FAULTS,
  ...WORLD_FAULTS,
  ...SCENE_FAULTS,
]

export interface PlacedFault {
  readonly place: string
  readonly kind: FaultKind
}

export interface FaultSource {
  /** False once the faults stop. */
  active: boolean
  /** These do not happen now. */
  excluded: ReadonlySet<FaultKind>
  /** Those that happened so far, in order. */
  readonly happened: readonly PlacedFault[]
  /** The fault at a place, of the kinds that can happen there; `weight`: how often, compared with other places. */
  at<Kind extends FaultKind>(place: string, kinds: readonly Kind[], weight?: number): Kind | null
  /** Something that the scenario brings by itself. */
  note(place: string, kind: FaultKind): void
}

export interface FaultRates {
  /** How often a request meets a fault. */
  readonly request: number
  /** How often anything else does. */
  readonly scene: number
  /** Only these; all when absent. */
  readonly kinds?: ReadonlySet<FaultKind>
}

/** Draws faults by place. */
export class DrawnFaults implements FaultSource {
  active = true
  excluded: ReadonlySet<FaultKind> = new Set()
  readonly happened: PlacedFault[] = []
  readonly #seed: number
  readonly #rates: FaultRates

  constructor(seed: number, rates: FaultRates) {
    this.#seed = seed
    this.#rates = rates
  }

  at<Kind extends FaultKind>(place: string, kinds: readonly Kind[], weight = 1): Kind | null {
    if (!this.active) return null
    const draw = streamOf(this.#seed, place)
    const rate = scene.has(kinds[0] ?? '') ? this.#rates.scene : this.#rates.request
    if (!draw.chance(Math.min(0.5, rate * weight))) return null
    const kind = draw.pick(kinds)
    if (this.excluded.has(kind) || this.#rates.kinds?.has(kind) === false) return null
    this.happened.push({ place, kind })
    return kind
  }

  note(place: string, kind: FaultKind): void {
    this.happened.push({ place, kind })
  }
}

/** Exactly the faults that are given; a place whose fault cannot happen there passes. */
export class PlacedFaults implements FaultSource {
  active = true
  excluded: ReadonlySet<FaultKind> = new Set()
  readonly happened: PlacedFault[] = []
  readonly #kinds: ReadonlyMap<string, FaultKind>

  constructor(faults: readonly PlacedFault[]) {
    this.#kinds = new Map(faults.map(({ place, kind }) => [place, kind]))
  }

  at<Kind extends FaultKind>(place: string, kinds: readonly Kind[]): Kind | null {
    const wanted = this.active ? this.#kinds.get(place) : undefined
    const kind = kinds.find((candidate) => candidate === wanted)
    if (kind === undefined || this.excluded.has(kind)) return null
    this.happened.push({ place, kind })
    return kind
  }

  note(place: string, kind: FaultKind): void {
    this.happened.push({ place, kind })
  }
}

const scene: ReadonlySet<string> = new Set(SCENE_FAULTS)

const kindsByOwn = new Map<readonly RequestFault[], readonly RequestFault[]>()

/** All kinds that can meet a request of a service: those of every request, of the world, and its own. */
export function kindsOf(own: readonly RequestFault[]): readonly RequestFault[] {
  const known = kindsByOwn.get(own)
  if (known !== undefined) return known
  const all = [...REQUEST_FAULTS, ...WORLD_FAULTS, ...own]
  kindsByOwn.set(own, all)
  return all
}
