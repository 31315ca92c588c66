import { type Worker, Worker_Health as Health } from '@arcbox/proto/arcbox/engine/v1/worker';
import { Command } from 'commander';
import { formatAgo } from '../duration.ts';
import { withEngine } from '../engine.ts';
import { formatHelp, withExamples } from '../help.ts';
import { type Fields, printListing } from '../listing.ts';
import { shortId } from '../table.ts';

interface WorkersOptions {
  quiet?: boolean;
  format?: string;
  trunc: boolean;
}

export default function workers(): Command {
  const command = new Command('workers')
    .description('Lists the workers that the gateway has found, each with its replicas and how they are.')
    .option('--format <format>', formatHelp)
    .option('--no-trunc', 'whole ids of nodes')
    .option('-q, --quiet', 'names of the replicas only')
    .action(({ quiet, format, trunc }: WorkersOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { workers } = await engine.workers.listWorkers({});
        await printListing(workers, {
          fields: fieldsOf(trunc ? shortId : (id) => id),
          columns: ['Worker', 'Replica', 'Health', 'Since', 'PID', 'Address'],
          format,
          only: quiet ? 'Replica' : undefined,
        });
      }),
    );
  return withExamples(command, [
    ['arcbox workers', 'who is there'],
    ["arcbox workers --format '{{.Replica}} {{.Services}}'", 'and what they serve'],
  ]);
}

const health: Readonly<Record<Health, string>> = {
  [Health.HEALTH_SERVING]: 'serving',
  [Health.HEALTH_STARTING]: 'starting',
  [Health.HEALTH_UNREACHABLE]: 'unreachable',
  [Health.HEALTH_UNSPECIFIED]: 'unknown',
  [Health.UNRECOGNIZED]: 'unknown',
};

function fieldsOf(formatId: (id: string) => string): Fields<Worker> {
  return {
    Worker: { header: 'WORKER', value: ({ name }) => name },
    Replica: { header: 'REPLICA', value: ({ replica }) => replica },
    Health: { header: 'HEALTH', value: (worker) => health[worker.health] },
    Since: { header: 'SINCE', value: ({ startedAt }) => formatSince(startedAt) },
    StartedAt: { header: 'STARTED AT', value: ({ startedAt }) => startedAt },
    PID: { header: 'PID', value: ({ pid }) => String(pid) },
    Address: { header: 'ADDRESS', value: ({ address }) => address },
    Node: { header: 'NODE', value: ({ node }) => formatId(node) },
    Version: { header: 'VERSION', value: ({ version }) => version },
    Services: { header: 'SERVICES', value: ({ services }) => services.join(',') },
  };
}

function formatSince(startedAt: string): string {
  const time = Date.parse(startedAt);
  return Number.isNaN(time) ? '' : formatAgo(time / 1000);
}
