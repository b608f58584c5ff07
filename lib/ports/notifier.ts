/** Tells people something: whoever has subscribed to the stage's topic. */
export interface Notifier {
  /**
   * May tell it twice when its answer is lost.
   * @param subject one line of at most 100 printable ASCII characters
   * @throws TorghutError when it is not known to be taken
   */
  publish(subject: string, text: string): Promise<void>
}
