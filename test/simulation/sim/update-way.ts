/** How what the exchange tells of orders gets to the order feed. */
export interface UpdateWay {
  /** Whether an update may get lost on it and never come again by it. */
  readonly mayLose: boolean
  /** @param id of this sending of it; the same is taken once */
  send(account: string, id: string, body: string): void
}
