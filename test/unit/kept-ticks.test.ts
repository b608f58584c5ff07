/** Ticks that are written and read one after the other in a process say what each would say alone. */
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { asCatalogHash } from '../../lib/domain/ids.ts'
import type { TickMessage } from '../../lib/domain/tick-message.ts'
import { instant } from '../../lib/domain/time.ts'
import { keptTickDecoder, keptTickEncoder } from '../../lib/formats/kept-ticks.ts'
import { decodeTick, encodeTick } from '../../lib/formats/tick-codec.ts'

const message: TickMessage = {
  kind: 'cycle',
  tickAt: instant('2013-10-04T13:30:00Z'),
  upTo: null,
  account: {
    label: accountLabel('one'),
    enabled: true,
    target: { mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' },
    strategies: null,
  },
  settings: { TRADING_ENABLED: 'true', TRADING_SIGNAL_SOURCE: 'said "tick_at":"2013-10-04T13:30:00Z"' },
  killSwitchOn: false,
  admitted: true,
  catalogHash: asCatalogHash('a'.repeat(64)),
}
const later = instant('2013-10-04T13:31:00Z')
const others: readonly TickMessage[] = [
  message,
  { ...message, tickAt: later },
  { ...message, tickAt: later, kind: 'reconcile' },
  { ...message, tickAt: later, account: { ...message.account, label: accountLabel('two') } },
  { ...message, tickAt: later, account: { ...message.account, enabled: false } },
  { ...message, tickAt: later, settings: { ...message.settings, TRADING_ENABLED: 'false' } },
  { ...message, tickAt: later, killSwitchOn: true },
  { ...message, tickAt: later, admitted: false },
  { ...message, tickAt: later, catalogHash: asCatalogHash('b'.repeat(64)) },
  { ...message, tickAt: later, upTo: { source: 'ta', position: 7 } },
  { ...message, tickAt: instant('2013-10-04T13:32:00.250Z') },
  { ...message, tickAt: instant('2013-10-04T13:33:00Z') },
]
const pairs = others.flatMap((first) => others.map((second) => [first, second] as const))

describe('ticks of one process', () => {
  it('are written as each alone, whatever went before', () => {
    for (const [first, second] of pairs) {
      const encode = keptTickEncoder()
      expect([encode(first), encode(second)]).toEqual([encodeTick(first), encodeTick(second)])
    }
  })

  it('are read as each alone, whatever went before', () => {
    for (const [first, second] of pairs) {
      const decode = keptTickDecoder()
      expect([decode(encodeTick(first)), decode(encodeTick(second))]).toEqual([first, second])
    }
  })

  it('are refused as each alone, whatever went before', () => {
    const decode = keptTickDecoder()
    const text = encodeTick(message)
    decode(text)
    for (const time of ['2013-13-04T13:30:00Z', '2013-10-04T13:30:00+00:00', '2013-10-04', '']) {
      const wrong = text.replace('2013-10-04T13:30:00Z', time)
      expect(() => decode(wrong)).toThrow('tick_at')
    }
  })

  it('that say a thing twice are read as JSON says, each time', () => {
    const decode = keptTickDecoder()
    const twice = (first: string) =>
      `${encodeTick({ ...message, tickAt: instant(first) }).slice(0, -1)},"tick_at":"2013-10-04T13:30:00Z"}`
    for (const text of [twice('2013-10-04T13:30:00Z'), twice('2013-10-04T13:35:00Z')]) {
      expect(decode(text)).toEqual(decodeTick(text))
      expect(decode(text).tickAt).toBe(message.tickAt)
    }
  })
})
