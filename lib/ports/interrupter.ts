/** Stops synchronous work that does not come back, such as a plugin's endless loop, which no timer can. */
export type Interrupted<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'interrupted' }

export interface Interrupter {
  /**
   * Runs the work and gives what it returns, or stops it when it takes longer. What it throws is thrown on; what was
   * stopped may have left its own objects half changed.
   */
  run<T>(work: () => T, limitMs: number): Interrupted<T>
}
