/**
 * One call of SNS's query interface, signed by the signer that a client of another service has anyway: a client of SNS
 * would be a package for a call or two.
 */
import type { STSClient } from '@aws-sdk/client-sts'

export interface SnsPlace {
  /** A client that is used for nothing else: its signer keeps to the first service it signed for. */
  readonly signing: { readonly config: Pick<STSClient['config'], 'signer'> }
  readonly region: string
  /** Null: AWS itself. */
  readonly endpoint: string | null
  readonly topicArn: string
}

/**
 * The answer's XML.
 * @throws Error named as SNS names it, e.g. `NotFound`
 */
export async function querySns(
  { signing, region, endpoint, topicArn }: SnsPlace,
  parameters: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<string> {
  const domain = topicArn.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(endpoint ?? `https://sns.${region}.${domain}`)
  const body = new URLSearchParams({ Version: '2010-03-31', TopicArn: topicArn, ...parameters }).toString()
  const signer = await signing.config.signer({
    name: 'sigv4',
    signingName: 'sns',
    signingRegion: region,
    properties: {},
  })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: '/',
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
  const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) })
  const text = await answer.text()
  if (answer.ok) return text
  throw Object.assign(new Error(text), {
    name: /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? `Status${answer.status}`,
    $fault: answer.status >= 500 ? 'server' : 'client',
  })
}
