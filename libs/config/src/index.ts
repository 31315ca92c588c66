export { type Config, readConfig } from './config.ts';
export { type ClientConfig, readClientConfig } from './client.ts';
export { type Paths, pathsFor } from './paths.ts';
export { type EventRetention, readEventRetention, usualEventRetention } from './event-retention.ts';
export { type IconHosts, readIconHosts } from './icon-hosts.ts';
export { nodeIdentity } from './node-identity.ts';
export { type TracingConfig } from './tracing.ts';
export { build } from './build.ts';
export { type SystemUser, systemUser } from './system-user.ts';
