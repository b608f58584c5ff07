/** Instants as text: only days and times that exist are read. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { asEpochMs, formatInstant, parseInstant } from '../../lib/domain/time.ts'

describe('an instant', () => {
  it.each([
    '2024-02-30T00:00:00Z',
    '2023-02-29T12:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-04-31T00:00Z',
    '2024-06-31T23:59:59.999-05:00',
    '2024-01-00T00:00:00Z',
    '2024-01-32T00:00:00Z',
    '2024-00-10T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T23:60:00Z',
    '2024-01-01T23:59:60Z',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00',
    '2024-01-01',
  ])('is not read from %s', (text) => {
    expect(parseInstant(text)).toBeNull()
  })

  it.each([
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T23:59:59Z', Date.UTC(2000, 1, 29, 23, 59, 59)],
    ['2024-12-31 18:30:00.123456789-05:00', Date.UTC(2024, 11, 31, 23, 30, 0, 123)],
    ['2024-03-01T00:00+0530', Date.UTC(2024, 1, 29, 18, 30)],
  ])('is read from %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected)
  })

  it('is read back from what it is written as', () => {
    const dates = fc.date({ min: new Date(0), max: new Date('2200-01-01T00:00:00Z'), noInvalidDate: true })
    fc.assert(
      fc.property(dates, (date) => {
        const at = parseInstant(date.toISOString())
        expect(at).toBe(date.getTime())
        expect(at === null ? null : parseInstant(formatInstant(at))).toBe(at)
      }),
    )
  })
})

describe('the text of an instant', () => {
  it("is JavaScript's own, without empty milliseconds", () => {
    const limits = [0, 951_782_400_000, 1_709_164_800_000, 253_402_300_799_000, 253_402_300_800_000, -1000]
    const instants = fc.oneof(
      fc.constantFrom(...limits),
      fc.integer({ min: -100_000, max: 3_100_000 }).map((days) => days * 86_400_000),
      fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 }).map((seconds) => seconds * 1000),
      fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
    )
    fc.assert(
      fc.property(instants, (at) => {
        expect(formatInstant(asEpochMs(at))).toBe(new Date(at).toISOString().replace('.000Z', 'Z'))
      }),
      { numRuns: 20_000 },
    )
  })

  it('is right on every day from 1970 to 2400', () => {
    const wrong = Array.from({ length: 157_054 }, (_, day) => day * 86_400_000).filter(
      (at) => formatInstant(asEpochMs(at)) !== new Date(at).toISOString().replace('.000Z', 'Z'),
    )
    expect(wrong).toEqual([])
  })

  it('is read back to the same instant, on every day from 1970 to 2400', () => {
    const wrong = Array.from({ length: 157_054 }, (_, day) => day * 86_400_000 + 86_399_000).filter(
      (at) => parseInstant(new Date(at).toISOString().replace('.000Z', 'Z')) !== at,
    )
    expect(wrong).toEqual([])
  })

  it('of which one character is another is read as `Date` reads it, on days that there are', () => {
    const text = fc.date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
    fc.assert(
      fc.property(
        text,
        fc.nat(19),
        fc.constantFrom(...'0123456789-:TZ. '.split('')),
        (date, place, character) => {
          const usual = date.toISOString().replace(/\.\d{3}Z$/, 'Z')
          const changed = usual.slice(0, place) + character + usual.slice(place + 1)
          const at = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ$/.test(changed)
            ? Date.parse(changed.replace(' ', 'T'))
            : Number.NaN
          const [day, hours] = [changed.slice(0, 10), changed.slice(11, 13)]
          // 30 February is no day, and 24 o'clock is the next one's beginning
          const isThere = !Number.isNaN(at) && new Date(at).toISOString().startsWith(day) && hours !== '24'
          expect(parseInstant(changed)).toBe(isThere ? at : null)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
