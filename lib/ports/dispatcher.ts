/** Invokes the deployed dispatcher, as its schedule does. */
import type { EpochMs } from '../domain/time.ts'

export type DispatchAnswer =
  | { readonly kind: 'answered'; readonly payload: unknown }
  /** The function ran and threw; `error` is what it reported. */
  | { readonly kind: 'failed'; readonly error: string }

export interface Dispatcher {
  /** @throws ConfigurationError when there is no such function, UnavailableError when it cannot be reached */
  dispatch(at: EpochMs): Promise<DispatchAnswer>
}
