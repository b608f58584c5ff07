/** What names and symbols may look like wherever text enters: files, flags and messages. */

/** Exchange symbols (`BRK.B`) and crypto pairs (`BTC/USD`). */
export const SYMBOL_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/
/** Names of signal sources, topics and the like: no separators of stored keys. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/
