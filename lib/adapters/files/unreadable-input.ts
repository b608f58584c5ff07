/** What the system says of a file that cannot be read, in words. */
import { ConfigurationError } from '../../domain/errors.ts'
import { violation } from '../../formats/violations.ts'

/** The error to throw for a file at `path`: a ConfigurationError, or the cause itself where the system is not at fault. */
export function unreadable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return cause
  const found = SYSTEM_WORDS[cause.code] ?? cause.code
  return new ConfigurationError('The input', [violation(path, found, 'a UTF-8 text file')], {
    cause,
    advice: 'Check the path and the file.',
  })
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'a file without permission to read it',
  Z_BUF_ERROR: 'a compressed file that ends too soon',
  Z_DATA_ERROR: 'a compressed file that is damaged',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'bytes that are not UTF-8',
}
