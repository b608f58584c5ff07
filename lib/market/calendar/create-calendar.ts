/** Makes the calendar that `TRADING_CALENDAR` names (docs/architecture.md#calendar). */
import type { Settings } from '../../domain/settings.ts'
import { alwaysOpen, type ExchangeCalendar } from './exchange-calendar.ts'
import { createUsEquitiesCalendar } from './us-equities.ts'

export function createCalendar(name: Settings['calendar']): ExchangeCalendar {
  return name === 'always' ? alwaysOpen() : createUsEquitiesCalendar()
}

/** Makes each calendar once and keeps it, since calendars remember the days they worked out. */
export function keptCalendars(): (settings: Pick<Settings, 'calendar'>) => ExchangeCalendar {
  const made = new Map<Settings['calendar'], ExchangeCalendar>()
  return ({ calendar: name }) => {
    const calendar = made.get(name) ?? createCalendar(name)
    made.set(name, calendar)
    return calendar
  }
}
