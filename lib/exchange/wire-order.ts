/** An order in the JSON of Alpaca's Trading API v2 (https://docs.alpaca.markets/reference/getallorders). */
export interface WireOrder {
  readonly id: string
  readonly client_order_id: string
  readonly created_at: string
  readonly updated_at: string
  readonly submitted_at: string
  readonly filled_at: string | null
  readonly expired_at: string | null
  readonly canceled_at: string | null
  readonly failed_at: null
  readonly replaced_at: null
  readonly replaced_by: null
  readonly replaces: null
  readonly asset_id: string
  readonly symbol: string
  readonly asset_class: string
  readonly notional: null
  readonly qty: string
  readonly filled_qty: string
  readonly filled_avg_price: string | null
  readonly order_class: string
  readonly order_type: string
  readonly type: string
  readonly side: string
  readonly time_in_force: string
  readonly limit_price: null
  readonly stop_price: null
  readonly status: string
  readonly extended_hours: boolean
  readonly legs: null
  readonly trail_percent: null
  readonly trail_price: null
  readonly hwm: null
  readonly subtag: null
  readonly source: null
}
