/** How a Kafka cluster is reached, and what its names look like; the words are Kafka's own (kafka.apache.org/documentation). */

/** A host and port, `one.example.com:9096`. */
export const KAFKA_BROKER = /^[A-Za-z0-9.-]+:\d{1,5}$/
/** What Kafka takes as a topic's name. */
export const KAFKA_TOPIC = /^[A-Za-z0-9._-]{1,249}$/
/** The complete ARN of a secret of Secrets Manager, with the six characters that it ends with. */
export const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/
/** What a secret's ARN looks like, for messages. */
export const SECRET_ARN_FORM =
  'the complete ARN of a secret with username and password, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>'

export const SECURITY_PROTOCOLS = ['SASL_SSL', 'SSL', 'SASL_PLAINTEXT', 'PLAINTEXT'] as const
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number]

export const SASL_MECHANISMS = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'] as const
export type SaslMechanism = (typeof SASL_MECHANISMS)[number]

/** A user of the cluster. */
export interface KafkaUser {
  readonly username: string
  readonly password: string
}

export interface KafkaConnection {
  /** The first to be asked, who name the others. */
  readonly brokers: readonly string[]
  /** Null: without TLS. `authority`: who vouches for the brokers, as PEM; null: whom the machine trusts. */
  readonly tls: { readonly authority: string | null } | null
  /** Null: nobody is asked who they are. */
  readonly sasl: ({ readonly mechanism: SaslMechanism } & KafkaUser) | null
}
