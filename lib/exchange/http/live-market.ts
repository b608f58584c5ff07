/** Lets the market of a server run by itself: bars are told as soon as they have come, sessions open in time. */
import type { MarketTape } from '../market-data/market-tape.ts'
import type { ExchangeServer } from './server.ts'

/** How often it looks whether a session has begun. */
const LOOK_MS = 1000

/** Gives back what stops it. The tape's clock must run by itself, as the machine's does. */
export function runMarket(server: ExchangeServer, tape: MarketTape): () => void {
  let timer: NodeJS.Timeout
  const run = (): void => {
    server.step()
    const next = tape.next()
    const wait = next === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(1, next - tape.clock.now()))
    timer = setTimeout(run, wait)
  }
  run()
  return () => clearTimeout(timer)
}
