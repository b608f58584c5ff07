/** Fills as the price chart marks them. */
import type { SeriesMarker, Time, UTCTimestamp } from 'lightweight-charts'
import type { DecisionData } from '../report-data.ts'

/** More than these are shown one a day and side. */
const MOST_MARKERS = 2000
const DAY = 86_400

/** Where orders filled: below the bar for a buy, above it for a sell. @param colour by the page's name of it */
export function markersOf(
  filled: readonly DecisionData[],
  colour: (name: string) => string,
): SeriesMarker<Time>[] {
  const shown = filled.length <= MOST_MARKERS ? filled : oneADay(filled)
  return shown
    .toSorted((left, right) => left.at - right.at)
    .map(({ at, side }) => ({
      time: at as UTCTimestamp,
      position: side === 'buy' ? 'belowBar' : 'aboveBar',
      shape: side === 'buy' ? 'arrowUp' : 'arrowDown',
      color: colour(side === 'buy' ? 'gain' : 'loss'),
    }))
}

function oneADay(filled: readonly DecisionData[]): DecisionData[] {
  return [...new Map(filled.map((one) => [`${Math.floor(one.at / DAY)} ${one.side}`, one])).values()]
}
