/**
 * Stands for `@aws-sdk/middleware-endpoint-discovery` in the bundles (see cdk/bundling.ts). The DynamoDB client makes a cache for
 * endpoints that it has discovered, 8 KB of code, and none of its commands discovers any: they go to the region's endpoint, or to that
 * which `AWS_ENDPOINT_URL` names.
 */
const unset = () => undefined

export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: unset,
  configFileSelector: unset,
  default: undefined,
}

export function resolveEndpointDiscoveryConfig<Config>(config: Config): Config {
  return config
}
