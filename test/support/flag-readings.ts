/** Flags as tests set them, as a source gives them: read when asked, versioned '1'. */
import { momentOf } from '../../lib/domain/time.ts'
import { KILL_SWITCH } from '../../lib/flags/definitions.ts'
import type { Clock } from '../../lib/ports/clock.ts'
import type { FlagSource } from '../../lib/ports/flag-source.ts'

export type SwitchState = 'on' | 'off' | 'unreadable'

const SWITCH_TEXT: Readonly<Record<SwitchState, string>> = { on: 'true', off: 'false', unreadable: 'ture' }

/** The values, with the global kill switch in a state. */
export function withSwitch(
  values: Readonly<Record<string, string>>,
  state: SwitchState,
): Readonly<Record<string, string>> {
  return { ...values, [KILL_SWITCH]: SWITCH_TEXT[state] }
}

export function flagSource(clock: Clock, values: () => Readonly<Record<string, string>>): FlagSource {
  return {
    read: async () => ({ values: values(), readAt: momentOf(clock) }),
    readNamed: async (names) => {
      const found = Object.entries(values()).filter(([name]) => names.includes(name))
      const versions = Object.fromEntries(found.map(([name]) => [name, '1']))
      return { values: Object.fromEntries(found), versions, readAt: momentOf(clock) }
    },
  }
}
