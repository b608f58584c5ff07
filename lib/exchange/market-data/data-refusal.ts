/** Answers of the data endpoints; a refusal has a body with a message alone (https://docs.alpaca.markets/docs/market-data-faq). */

export interface DataAnswer {
  readonly status: number
  readonly json: unknown
}

export interface DataRefusal {
  readonly status: number
  readonly body: { readonly message: string }
}

export function dataRefusal(status: number, message: string): DataRefusal {
  return { status, body: { message } }
}
