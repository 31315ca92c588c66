import { invalidArgument } from '@arcbox/errors';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { type ServedService, service } from '@arcbox/rpc';
import { Upload } from '@arcbox/tar';
import { readOptions } from './options/options-wire.ts';
import { connectNetwork } from './change/connect-network.ts';
import { commitContainer } from './commit/commit.ts';
import { createContainer } from './create/create.ts';
import { disconnectNetwork } from './change/disconnect-network.ts';
import { exec, toExecInfo } from './exec/exec-service.ts';
import { resizeExec } from './exec/resize-exec.ts';
import { exportContainer } from './commit/export.ts';
import { toFileChange } from './files/changes-wire.ts';
import { fileChanges } from './files/file-changes.ts';
import { readArchive, statPath } from './files/read-archive.ts';
import { writeArchive } from './files/write-archive.ts';
import { inspectContainer } from './show/inspect.ts';
import { ofAll, spaceOf } from './show/size.ts';
import { toUsage } from './show/usage-wire.ts';
import { toInspect } from './show/inspect-wire.ts';
import { readLogs } from './log/logs.ts';
import { toLogPieces, toReadLogsQuery } from './log/logs-wire.ts';
import type { Machinery } from './machinery.ts';
import { readAttachment } from './options/networking-wire.ts';
import { pruneContainers } from './remove/prune.ts';
import { toPruneOrder, toPruneResponse } from './remove/prune-wire.ts';
import { renameContainer } from './change/rename.ts';
import { resizeTerminal } from './attach/resize.ts';
import { restartContainer } from './stop/restart.ts';
import { startContainer } from './start/start.ts';
import { stopContainer } from './stop/stop.ts';
import { updateContainer } from './change/update.ts';
import { toUpdate } from './change/update-wire.ts';
import { watchStats } from './show/watch-stats.ts';
import { toStats, toWish } from './wire.ts';

/** arcbox.engine.v1.ContainerService */
export function engineContainerService(machinery: Machinery): ServedService {
  return service(ContainerServiceDefinition, {
    async create({ container, autoRemove, internal, options }, { signal, keyed }) {
      if (!container) throw invalidArgument('container is needed');
      const wish = toWish(container, { autoRemove, ...readOptions(options), ...(internal ? { internal } : {}) });
      const { id, warnings } = await createContainer(machinery, wish, signal, keyed?.keep);
      return { id, warnings: [...warnings] };
    },
    async start({ id, height, width }, { signal, keyed }) {
      const terminal = height > 0 && width > 0 ? { height, width } : undefined;
      await startContainer(machinery, id, signal, { terminal, key: keyed?.key });
      return {};
    },
    async restart({ id, timeoutSeconds, signal: name }, { signal }) {
      await restartContainer(machinery, id, { timeout: timeoutSeconds, signal: name }, signal);
      return {};
    },
    async rename({ id, name }, { signal }) {
      await renameContainer(machinery, id, name, signal);
      return {};
    },
    async resize({ id, height, width }) {
      await resizeTerminal(machinery, id, { height, width });
      return {};
    },
    exec: (requests, context) => exec(machinery, requests, context),
    async resizeExec({ id, height, width }) {
      resizeExec(machinery.execs, id, { height, width });
      return {};
    },
    async inspectExec({ id }) {
      machinery.execs.tidy();
      return toExecInfo(machinery.execs.find(id));
    },
    async stop({ id, timeoutSeconds, signal: name }, { signal }) {
      await stopContainer(machinery, id, { timeout: timeoutSeconds, signal: name }, signal);
      return {};
    },
    async *export({ id }, { signal }) {
      for await (const data of exportContainer(machinery, id, signal)) yield { data };
    },
    async update(request, { signal }) {
      return { warnings: await updateContainer(machinery, request.id, toUpdate(request), signal) };
    },
    async inspect({ id, size }) {
      return toInspect(machinery, await inspectContainer(machinery, id, { size }));
    },
    async statPath({ id, path }, { signal }) {
      return { stat: await statPath(machinery, id, path, signal) };
    },
    async writeArchive(requests, { signal }) {
      const upload = await Upload.begin(requests);
      const { id, path, noOverwriteDirNonDir: keepKinds, copyOwnership: keepOwners, remove } = upload.first;
      await writeArchive(machinery, id, { path, keepKinds, keepOwners, remove }, upload.content(), signal);
      return {};
    },
    async changes({ id }, { signal }) {
      return { changes: (await fileChanges(machinery, id, signal)).map(toFileChange) };
    },
    async commit({ id, reference, author, message, changes, noPause: keepRunning }, { signal }) {
      return { id: await commitContainer(machinery, id, { reference, author, message, changes, keepRunning }, signal) };
    },
    async prune(request, { signal }) {
      return toPruneResponse(await pruneContainers(machinery, toPruneOrder(request, Date.now()), signal));
    },
    async getUsage(_request, { signal }) {
      const { containers, places } = machinery;
      const found = containers.all().filter(({ config }) => !config.internal);
      const sizes = await ofAll(found, (container) => spaceOf(container, places.home(container.id)), signal);
      const usages = found.map((container, index) => toUsage(container, sizes[index] ?? 0, Date.now()));
      return { containers: usages.sort((a, b) => Number(b.size - a.size)) };
    },
    async connectNetwork({ id, attachment }, { signal }) {
      if (!attachment) throw invalidArgument('attachment is needed');
      await connectNetwork(machinery, id, readAttachment(attachment), signal);
      return {};
    },
    async disconnectNetwork({ id, network, force }, { signal }) {
      await disconnectNetwork(machinery, id, { network, force }, signal);
      return {};
    },
    async *watchStats({ ids: references, intervalMilliseconds: interval }, { signal }) {
      for await (const reading of watchStats(machinery, { references, interval }, signal)) {
        const { sample, ...rest } = reading;
        yield { ...rest, stats: toStats(sample) };
      }
    },
    async *readLogs(request, { signal }) {
      for await (const entries of readLogs(machinery, request.id, toReadLogsQuery(request), signal)) {
        if (entries.length > 0) yield { pieces: toLogPieces(entries, request.times) };
      }
    },
    async *readArchive({ id, path }, { signal }) {
      for await (const piece of readArchive(machinery, id, path, signal)) {
        // Messages wait in a queue, while a chunk is valid only until the next.
        yield 'data' in piece ? { data: Buffer.from(piece.data) } : piece;
      }
    },
  });
}
