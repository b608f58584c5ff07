/** What names may look like wherever text enters: files, flags and messages. */

/** Names of signal sources, topics and the like: no separators of stored keys. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/
