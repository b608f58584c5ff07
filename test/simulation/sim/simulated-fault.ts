/** Tells the errors that the simulation throws on purpose from those that the code under test lets out. */
const thrown = new WeakSet<Error>()

/** Marks the error and returns it. */
export function simulatedFault(error: Error): Error {
  thrown.add(error)
  return error
}

export function isSimulatedFault(error: unknown): boolean {
  return error instanceof Error && thrown.has(error)
}

/** A connection that broke. */
export function systemError(code: string): Error {
  return simulatedFault(Object.assign(new Error('the connection broke'), { code }))
}

/** What a client throws when no answer came in time. */
export function timedOut(): never {
  throw simulatedFault(Object.assign(new Error('no answer in time'), { name: 'TimeoutError' }))
}
