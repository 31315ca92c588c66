import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { failedPrecondition } from '@arcbox/errors';
import { port } from './ask-upstream.ts';
import type { Network } from './network.ts';
import { firstHeld, startHolder, titles } from './port-holder.ts';
import { bindPort } from './port-socket.ts';
import type { NameServerRecord, NameSocket } from './records.ts';

/** Milliseconds in which other replicas let go of the sockets of a server that has ended. */
const patience = 2_000;

/** Binds the port of names on a network's gateways, and has a process keep the sockets, which outlives workers. */
export async function holdNameSockets(network: Network, directory: string): Promise<NameServerRecord> {
  const sockets: NameSocket[] = [];
  try {
    for (const { family, gateway } of network.subnets) {
      for (const protocol of ['udp', 'tcp'] as const) {
        const descriptor = await bindSoon(protocol, gateway);
        if (descriptor !== undefined) sockets.push({ protocol, family, descriptor });
      }
    }
    const holder = startHolder(`${titles.names}${directory}/${network.id}`, sockets.map(({ descriptor }) => descriptor));
    return { id: network.id, holder, sockets: sockets.map((socket, index) => ({ ...socket, descriptor: firstHeld + index })) };
  } finally {
    for (const { descriptor } of sockets) closeSync(descriptor);
  }
}

/** Undefined where the host lacks the family. */
async function bindSoon(protocol: 'tcp' | 'udp', gateway: string): Promise<number | undefined> {
  for (const limit = Date.now() + patience; ; await sleep(10)) {
    const result = bindPort(protocol, port, gateway, true);
    if (typeof result === 'number') return result;
    if (result === 'no-family') return undefined;
    if (result === 'not-local') throw failedPrecondition(`${gateway} is no address of this host`);
    if (Date.now() > limit) throw failedPrecondition(`port ${port}/${protocol} of ${gateway} is in use on this host: names of containers need it`);
  }
}
