/** What permits an order is the same whether its texts were parsed before or not, and no parsed text outlives a change of it. */
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { keptPermissions } from '../../lib/flags/kept-permissions.ts'
import { resolvePermission } from '../../lib/flags/permission.ts'

const ONE = accountLabel('one')
const TWO = accountLabel('two')
const registry = (enabled: boolean) => JSON.stringify([{ label: 'one', enabled }, { label: 'two' }])
const layers = {
  overlay: { TRADING_ACCOUNTS_JSON: registry(true), TRADING_ENABLED: 'true' },
  environment: { TRADING_CALENDAR: 'us_equities' },
  tick: { TRADING_SIGNAL_MAX_AGE_SECONDS: '120' },
}

describe('permission that was parsed before', () => {
  it('is given again while each text is the same, account by account', () => {
    const permissionOf = keptPermissions()
    const first = permissionOf(ONE, layers)
    expect(first).toEqual(resolvePermission(ONE, layers))
    expect(permissionOf(TWO, layers)).toEqual(resolvePermission(TWO, layers))
    const again = {
      overlay: { ...layers.overlay },
      environment: { ...layers.environment },
      tick: layers.tick,
    }
    expect(permissionOf(ONE, again)).toBe(first)
  })

  it.each([
    ['overlay', { ...layers.overlay, TRADING_ENABLED: 'false' }],
    ['overlay', { ...layers.overlay, TRADING_ACCOUNTS_JSON: registry(false) }],
    ['overlay', { TRADING_ACCOUNTS_JSON: registry(true) }],
    ['environment', { TRADING_CALENDAR: 'us_equities', TRADING_LIVE_ENABLED: 'true' }],
    ['tick', { TRADING_SIGNAL_MAX_AGE_SECONDS: '121' }],
  ])('is parsed anew once the %s differs', (layer, values) => {
    const permissionOf = keptPermissions()
    const before = permissionOf(ONE, layers)
    const changed = { ...layers, [layer]: values }
    const expected = resolvePermission(ONE, changed)
    expect(permissionOf(ONE, changed)).toEqual(expected)
    expect(permissionOf(ONE, layers)).toEqual(before)
  })

  it('is parsed anew where texts were changed in place', () => {
    const permissionOf = keptPermissions()
    const overlay: Record<string, string> = { ...layers.overlay }
    permissionOf(ONE, { ...layers, overlay })
    overlay['TRADING_ENABLED'] = 'false'
    expect(permissionOf(ONE, { ...layers, overlay }).settings.tradingEnabled).toBe(false)
  })

  it('rests on the entry of a roster that is given, and on none that was given before', () => {
    const permissionOf = keptPermissions()
    permissionOf(ONE, layers)
    expect(permissionOf(ONE, { ...layers, rosterEntry: null }).account).toBeNull()
    expect(permissionOf(ONE, layers)).toEqual(resolvePermission(ONE, layers))
  })
})
