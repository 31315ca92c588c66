export { temporaryRoot, type TemporaryRoot } from './temporary-root.ts';
export { startNats, type NatsServer } from './nats-server.ts';
export { startRegistry, type Registry, type RegistryOptions } from './registry.ts';
export { startInProcess, type InProcess } from './in-process.ts';
export { freePort } from './free-port.ts';
export { startProcess, type ChildServer } from './child-server.ts';
export { describeIf, itIf, missing } from './requirements.ts';
export { eventually } from './eventually.ts';
export { removeNetworkTraces } from './network-traces.ts';
