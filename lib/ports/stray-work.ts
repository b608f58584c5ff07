/** What plugins left behind when they were asked, such as a promise, and what became of it. */
export interface StrayWork {
  /** Strategies of which something failed that they had left behind, each told once. */
  take(): readonly string[]
}
