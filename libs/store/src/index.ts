export { Collection, type CollectionOptions, type Record } from './collection.ts';
export { Answers } from './answers.ts';
export { type Lease, Leases } from './leases.ts';
export { type NewEvent, Outbox, type OutboxRow } from './outbox.ts';
export { openStore, Store, type StoreOptions } from './store.ts';
export { isAlive, processIdentity } from './process-identity.ts';
