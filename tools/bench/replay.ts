import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { createChannel, createClient } from 'nice-grpc';
import { startLoad } from './load-process.ts';
import { timed } from './measure.ts';
import type { Peer } from './peer.ts';
import type { Measurement } from './table.ts';

const questions: { readonly [what: string]: Record<string, string> } = {
  'by type and action, one of 10,000': { type: 'container', event: 'oom' },
  'by container, one of 1,000': { container: '7'.padStart(64, 'b') },
};

/** Fills the log with so many events, and reads what it holds through the gateway, with filters. */
export async function replays(peers: readonly Peer[], count: number): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const { name, events } of peers) {
    if (!events) continue;
    await using filling = await startLoad(['fill', events.natsUrl, String(count)]);
    await filling.ended;
    const channel = createChannel(`unix://${events.socket}`);
    const system = createClient(SystemServiceDefinition, channel);
    for (const [what, filters] of Object.entries(questions)) {
      let found = 0;
      const took = await timed(async () => {
        for await (const _ of system.events({ since: 1n, until: BigInt(Math.floor(Date.now() / 1000)), filters })) found++;
      });
      process.stderr.write(`${what}: ${found} events\n`);
      rows.push({ work: `${count.toLocaleString('en')} events replayed, filtered ${what}`, runs: new Map([[name, [took ?? NaN]]]) });
    }
    channel.close();
  }
  return rows;
}
