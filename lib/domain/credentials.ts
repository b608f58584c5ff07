/** What an account proves itself with to its broker. Never logged, never part of an error. */
export interface BrokerCredentials {
  readonly keyId: string
  readonly secret: string
}
