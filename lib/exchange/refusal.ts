/** A refusal of the paper exchange, in the form in which the broker refuses: status, and a body with code and message. */

export interface Refusal {
  readonly status: number
  readonly body: {
    readonly code: number
    readonly message: string
    readonly [detail: string]: string | number
  }
}

export function refusalOf(
  status: number,
  code: number,
  message: string,
  details: Readonly<Record<string, string>> = {},
): Refusal {
  return { status, body: { ...details, code, message } }
}

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'status' in answer && 'body' in answer
}
