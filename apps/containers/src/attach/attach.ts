import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { type Output, OutputJoiner } from '../log/output-joiner.ts';
import { caughtUp, type Following, readPieces } from '../log/read.ts';
import type { Places } from '../record/places.ts';

export interface AttachDeps {
  readonly containers: Containers;
  readonly places: Places;
}

/**
 * Output of the main process from now on, or with all of the log first, until
 * the run that is going on, or the next one, has ended. It is read from the
 * log: whoever reads slowly makes nobody wait.
 */
export async function* attachOutput(
  { containers, places }: AttachDeps,
  container: Container,
  options: { logs: boolean },
  signal: AbortSignal,
): AsyncGenerator<Output, void, undefined> {
  const { id, config, status } = container;
  const source = { path: places.logFile(id), maxFiles: config.logs.maxFiles, fromNow: !options.logs };
  const hasEnded = (): boolean => (containers.get(id)?.status.exits ?? Infinity) > status.exits;
  const following: Following = {
    signal,
    ended: hasEnded,
    onEnd: (wake, stop) => void containers.changes.until(id, () => hasEnded() || undefined, stop).then(wake, () => {}),
  };
  const joiner = new OutputJoiner();
  for await (const pieces of readPieces(source, following)) {
    const outputs = pieces === caughtUp ? [joiner.take()] : pieces.map((piece) => joiner.push(piece));
    for (const output of outputs) if (output) yield output;
  }
  const rest = joiner.take();
  if (rest) yield rest;
}
