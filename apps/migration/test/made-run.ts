import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { type Plan, type Plans, planCollection } from '../src/plan/plan.ts';
import type { RunContext } from '../src/run/context.ts';
import { Items } from '../src/run/items.ts';
import { type Chronicle, Journal, openChronicle } from '../src/run/journal.ts';
import { Host } from '../src/source/host-client.ts';
import { Containers } from '../src/target/containers-client.ts';
import { Images } from '../src/target/images-client.ts';
import { Networks } from '../src/target/networks-client.ts';
import { Volumes } from '../src/target/volumes-client.ts';
import type { TestEngine } from './engine.ts';

/** A run of an engine, of which no worker knows: what its phases do is done by a test. */
export interface MadeRun extends Disposable {
  readonly plan: Plan;
  readonly context: Omit<RunContext, 'source'>;
  readonly chronicle: Chronicle;
  readonly plans: Plans;
}

/** A plan with nothing in it but what is given; nobody is at its socket. */
export function planOf(parts: Partial<Plan>): Plan {
  const nothing = { images: [], volumes: [], networks: [], containers: [], replacements: [], warnings: [], unsupported: [] };
  return { id: randomUUID(), kind: 'docker', socket: '/no/such.sock', created: Date.now(), ...nothing, ...parts };
}

export function makeRun({ root, migration }: TestEngine, parts: Partial<Plan> = {}): MadeRun {
  const { clients } = migration.worker.host;
  const store = openStore(join(root.paths.service('migration'), 'state.db'));
  const plan = planOf(parts);
  const targets = { images: new Images(clients), volumes: new Volumes(clients), networks: new Networks(clients), containers: new Containers(clients) };
  const chronicle = openChronicle(store);
  const [items, journal] = [new Items(store, plan.id), new Journal(chronicle, plan.id)];
  const signal = AbortSignal.timeout(60_000);
  const context = { plan, attempt: 1, skipStart: false, host: new Host(clients), targets, items, journal, signal };
  return { plan, context, chronicle, plans: planCollection(store), [Symbol.dispose]: () => store[Symbol.dispose]() };
}
