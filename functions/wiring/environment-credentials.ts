/**
 * Stands for `@aws-sdk/credential-provider-node` in the bundles (see cdk/bundling.ts). A function has its role's
 * credentials in its environment and nowhere else; the SDK's chain would bring in sign-on, profiles, processes
 * and container metadata, 90 KB of them, and try them one after the other if the environment had none.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'
