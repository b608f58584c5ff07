/** Alpaca's quantities have nine fractional digits, ours have eight: which way the ninth is rounded. */
import { expect, it } from 'vitest'
import { readPositions } from '../../lib/adapters/alpaca/wire-account.ts'
import { readOpenOrders } from '../../lib/adapters/alpaca/wire-orders.ts'
import { decimal } from '../../lib/domain/decimal.ts'

it('quantities of nine digits: of what is held no more than there is, of what an order may take no less', () => {
  const held = { symbol: 'BTCUSD', asset_class: 'crypto', side: 'long', qty: '0.123456789' }
  expect(readPositions([held])?.[0]?.quantity).toBe(decimal('0.12345678'))
  const open = { id: 'b', client_order_id: 'c', symbol: 'BTC/USD', side: 'sell' }
  const [order] = readOpenOrders([{ ...open, qty: '0.123456781', filled_qty: '0.023456789' }])?.rows ?? []
  expect(order).toMatchObject({ quantity: decimal('0.12345679'), filledQuantity: decimal('0.02345678') })
  const [whole] = readOpenOrders([{ ...open, qty: '0.123456780', filled_qty: '0' }])?.rows ?? []
  expect(whole?.quantity).toBe(decimal('0.12345678'))
})
