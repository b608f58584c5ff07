/** How parts of the configuration are checked. */

/** One thing that cannot be used is reported with what is allowed instead. @param value what is used of it; null: nothing */
export type Checked = <T>(path: string, found: unknown, allowed: string, value: T | null) => T

export const KEY_ARN = /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/
export const KEY_ARN_FORM = 'the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>'
