/** What happens in a simulated world, told one event at a time, for people who look for the cause of a finding. */
import { asDecimal, formatDecimal } from '../../../lib/domain/decimal.ts'
import type { EpochMs } from '../../../lib/domain/time.ts'

/** Takes note of one event: who did it (an invocation, the exchange, the world), and what. */
export type Tell = (who: string, what: string) => void

export interface SimulatedEvent {
  readonly at: EpochMs
  readonly who: string
  readonly what: string
}

export function eventLine({ at, who, what }: SimulatedEvent): string {
  return `${new Date(at).toISOString().slice(11, 23)}  ${who.padEnd(13)}  ${what}`
}

/** The same port, telling each call when it is made and each answer when it comes; null tells nothing. */
export function narrated<Port extends object>(
  port: Port,
  name: string,
  who: string,
  tell: Tell | null,
): Port {
  if (tell === null) return port
  return new Proxy(port, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver)
      if (typeof member !== 'function') return member
      return (...inputs: unknown[]): unknown => {
        const call = `${name}.${String(key)}`
        tell(who, `${call}(${inputs.map(brief).join(', ')})`)
        const answer: unknown = Reflect.apply(member, target, inputs)
        if (!(answer instanceof Promise)) return answer
        return answer.then(
          (value: unknown) => {
            tell(who, `  ${call} = ${brief(value)}`)
            return value
          },
          (error: unknown) => {
            tell(who, `  ${call} failed: ${String(error)}`)
            throw error
          },
        )
      }
    },
  })
}

/** What of a value tells one from another at a glance. */
const TELLING = [
  'kind',
  'reason',
  'status',
  'version',
  'cursor',
  'clientOrderId',
  'state',
  'revision',
  'side',
  'quantity',
  'alpacaOrderId',
] as const
const HASH = /^((?:tg-)?[0-9a-f]{8})[0-9a-f]{12,}$/
/** Larger numbers are instants here. */
const LARGEST_COUNT = 1e12

/** A value in a few words. */
function brief(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return `(${value.length})`
  if (typeof value === 'string') return HASH.exec(value)?.[1] ?? value
  if (typeof value === 'bigint') return formatDecimal(asDecimal(value))
  if (typeof value === 'number' && value > LARGEST_COUNT) return new Date(value).toISOString().slice(11, 23)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') return typeof value
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined)
  const inner = fields.filter(([name]) => name === 'order' || name === 'execution' || name === 'current')
  const told = fields.filter(([name]) => TELLING.some((telling) => telling === name))
  if (told.length + inner.length === 0)
    return fields.map(([name, field]) => `${name} ${short(field)}`).join(' ')
  return [
    ...told.map(([name, field]) => (name === 'kind' ? brief(field) : `${name} ${brief(field)}`)),
    ...inner.map(([name, field]) => `${name} {${brief(field)}}`),
  ].join(' ')
}

function short(value: unknown): string {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? '{…}' : brief(value)
}
