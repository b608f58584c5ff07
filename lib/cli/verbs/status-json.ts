/** What `torghut status --json` prints. */
import { finite, flag, instantText, integer, list, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { MarketDataStatus, SeriesStatus } from '../../operations/market-data-status.ts'
import type { StageStatus } from '../../operations/stage-status.ts'

const orders = list(
  record({
    clientOrderId: text(),
    symbol: text(),
    side: text(),
    state: text(),
    updatedAt: instantText,
  }),
)

const laneJson = record({
  account: text(),
  registered: nullable(flag),
  source: nullable(text()),
  killSwitch: text(),
  version: nullable(integer),
  cursor: nullable(integer),
  lag: nullable(integer),
  lastTickAt: nullable(instantText),
  lastCommitAgeSeconds: nullable(finite),
  halted: nullable(text()),
  openCircuits: list(text()),
  unsettled: orders,
  open: orders,
  problem: nullable(text()),
  lastFailure: nullable(record({ at: instantText, message: text() })),
})

const marketDataJson = record<MarketDataStatus>({
  source: text(),
  series: list(
    record<SeriesStatus>({
      symbol: text(),
      timeframe: text(),
      lastBar: nullable(instantText),
      lagSeconds: nullable(integer),
    }),
  ),
})

const NO_LANE = { version: null, cursor: null, lastTickAt: null, halted: null }
const NO_STATUS = {
  source: null,
  lag: null,
  lastCommitAgeSeconds: null,
  openCircuits: [],
  unsettled: [],
  open: [],
}

export function statusJson({
  killSwitch,
  flagsProblem,
  accounts,
  queues,
  marketData,
  troubles,
}: StageStatus) {
  return {
    kill_switch: killSwitch,
    flags_problem: flagsProblem === null ? null : flagsProblem.message,
    lanes: accounts.map((status) =>
      laneJson.encode({ ...NO_LANE, ...status.lane?.lane, ...NO_STATUS, ...status.lane, ...status }),
    ),
    queues: queues.map(({ queue, depth, deadLetters }) => ({
      queue,
      waiting: depth.waiting,
      in_flight: depth.inFlight,
      dead_letters: deadLetters,
    })),
    ...(marketData === null ? {} : { market_data: marketDataJson.encode(marketData) }),
    quarantined: troubles && {
      signals: troubles.quarantinedSignals,
      trade_updates: troubles.quarantinedUpdates,
    },
  }
}
