import { setMaxListeners } from 'node:events';
import { join } from 'node:path';

import { type Paths, pathsFor } from '@arcbox/config';
import { findProgram } from '@arcbox/diagnosis';
import { messageOf } from '@arcbox/errors';

import type { StartOptions } from '../start-options.mjs';
import { unprivilegedAccount } from './account.ts';
import { makeDirectories } from './directories.ts';
import { whyUnreachable } from './bus-probe.ts';
import { checkEndpoint } from './endpoint.ts';
import { Engine } from './engine.ts';
import { baseEnvironment } from './environment.ts';
import { ensureImage, runFirstContainer } from './first-container.ts';
import { connectGateway } from './gateway.ts';
import { makeHelloImage } from './hello-image.ts';
import { lockRoot } from './lock.ts';
import { followLog } from './log-follow.ts';
import { waitUntilReady } from './readiness.ts';
import { findShortcomings } from './shortcomings.ts';
import { Voice } from './voice.ts';

/** How long the engine may take to get ready before we call it degraded, in milliseconds. */
const patience = 60_000;
/** The same when we know beforehand that it cannot become ready. */
const shortPatience = 3_000;

/** `npm start`: runs an engine until a signal asks to stop it. */
export async function supervise(options: StartOptions): Promise<void> {
  // Whoever reads what we say may go away: no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const paths = pathsFor(options.root);
  makeDirectories(paths);
  using _lock = lockRoot(paths.run);
  await checkEndpoint(options);
  const voice = new Voice(paths.log);
  const stop = stopSignal(options);
  const report = (line: string): void => voice.say(line);
  const account = unprivilegedAccount(paths, report);
  {
    await using engine = await Engine.start({ options, paths, env: process.env, account, report });
    if (process.env['ARCBOX_LOG'] === 'console') showLogs(engine.processes, paths, stop);
    const bus = process.env['ARCBOX_NATS_URL'];
    const noBus = bus ? await whyUnreachable(bus) : undefined;
    const shortcomings = [
      ...findShortcomings(baseEnvironment(process.env)['PATH'] ?? '', !bus),
      ...(noBus === undefined ? [] : [noBus]),
      ...(engine.absent.length > 0 ? [`not built: ${engine.absent.join(', ')}`] : []),
    ];
    voice.say(`started ${engine.processes.join(' ')}`);
    await showFirstContainer({ options, paths, voice, shortcomings, stop }).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
    voice.finish();
    await aborted(stop);
    voice.say('stopping');
  }
  voice.say('stopped; running containers were left alone');
}

/** Says READY, or DEGRADED and why, and what to do next. */
async function showFirstContainer(context: {
  options: StartOptions;
  paths: Paths;
  voice: Voice;
  shortcomings: readonly string[];
  stop: AbortSignal;
}): Promise<void> {
  const { options, paths, voice, shortcomings, stop } = context;
  const address = `unix://${paths.gatewaySocket}`;
  const why = await whyDegraded(address, shortcomings, voice, stop);
  const seconds = `${(sinceCommand() / 1000).toFixed(1)} s`;
  voice.say(why === undefined ? `READY in ${seconds} on ${address}` : `DEGRADED ${why} (after ${seconds}, on ${address})`);
  const arcbox = options.root === undefined ? './arcbox' : `./arcbox --host ${quoted(address)}`;
  voice.say(
    [
      `  ${arcbox} run --rm localhost/arcbox/hello echo hello`,
      `  ${arcbox} ps --all`,
      `  ${arcbox} workers`,
      options.detach
        ? `To stop it: npm start -- --stop${options.root === undefined ? '' : ` --root ${quoted(options.root)}`}`
        : 'Ctrl-C stops the engine; running containers stay.',
    ].join('\n'),
  );
}

/** A word as one types it into a shell. A root has no quotes in its name. */
const quoted = (word: string): string => (/^[\w./:@+=-]+$/.test(word) ? word : `'${word}'`);

/** Runs a container through the gateway. Returns why that is not possible, undefined when it was. */
async function whyDegraded(
  address: string,
  shortcomings: readonly string[],
  voice: Voice,
  stop: AbortSignal,
): Promise<string | undefined> {
  using gateway = connectGateway(address);
  const unready = await waitUntilReady(gateway, shortcomings.length > 0 ? shortPatience : patience, stop);
  // The engine tells some of what we have seen ourselves.
  if (unready !== undefined) return [...shortcomings.filter((each) => !unready.includes(each)), unready].join('; ');
  try {
    const busybox = findProgram('busybox', (baseEnvironment(process.env)['PATH'] ?? '').split(':'));
    if (busybox === undefined) return shortcomings.join('; ');
    const image = makeHelloImage(busybox);
    await ensureImage(gateway, image, stop);
    const { output, took } = await runFirstContainer(gateway, image.reference, stop);
    voice.say(`a container of ${image.reference} printed, in ${Math.round(took)} ms from create to remove:`);
    voice.say(output.replaceAll(/^/gm, '  | '));
  } catch (error) {
    stop.throwIfAborted();
    return [...shortcomings, `cannot run a container: ${messageOf(error)}`].join('; ');
  }
  return shortcomings.length > 0 ? shortcomings.join('; ') : undefined;
}

/** Aborts when somebody wants us to end. Signals that come again while we do change nothing. */
function stopSignal({ detach }: StartOptions): AbortSignal {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort();
  process.on('SIGINT', abort).on('SIGTERM', abort);
  // A closed terminal ends what runs in it, and not what was detached from it.
  process.on('SIGHUP', () => !detach && abort());
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function showLogs(processes: readonly string[], paths: Paths, stop: AbortSignal): void {
  for (const name of processes) {
    void (async () => {
      for await (const line of followLog(join(paths.log, `${name}.log`), stop)) process.stdout.write(`${name} ${line}\n`);
    })();
  }
}

/** Milliseconds since `npm start` was typed, as the launcher tells; since our own start without one. */
function sinceCommand(): number {
  return Date.now() - Number(process.env['ARCBOX_STARTED_AT'] ?? performance.timeOrigin);
}
