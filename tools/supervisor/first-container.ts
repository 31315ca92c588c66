import type { Gateway } from './gateway.ts';
import type { ImageArchive } from './hello-image.ts';

const label = 'arcbox.first-container';
const pieceSize = 256 * 1024;
/** For each call; generous, it is here so that nothing waits for ever. */
const deadline = 60_000;

/** What a container printed, and the time from its creation to its removal in milliseconds. */
export interface FirstContainer {
  readonly output: string;
  readonly took: number;
}

/** Stores the image unless exactly this one is there. */
export async function ensureImage(gateway: Gateway, image: ImageArchive, signal: AbortSignal): Promise<void> {
  const present = await gateway.images.exists({ reference: image.reference }, within(signal));
  if (present.exists && present.id === image.id) return;
  await gateway.imageStore.import(pieces(image), within(signal));
}

/** Runs a container to its end through the gateway and removes it. */
export async function runFirstContainer(gateway: Gateway, reference: string, signal: AbortSignal): Promise<FirstContainer> {
  await removeLeftovers(gateway, signal);
  const started = performance.now();
  const command = 'echo "hello from a container"; echo "kernel $(uname -r)"; echo "process 1 is: $(tr "\\000" " " < /proc/1/cmdline)"';
  const { id } = await gateway.containers.create(
    { image: reference, cmd: ['sh', '-c', command], labels: { [label]: 'true' }, hostname: 'hello' },
    within(signal),
  );
  try {
    await gateway.containers.start({ id }, within(signal));
    const { statusCode, error } = await gateway.containers.wait({ id, condition: 'not-running' }, within(signal));
    const output = await readLogs(gateway, id, signal);
    if (statusCode !== 0n) throw new Error(`the first container exited with code ${statusCode}: ${error || output}`);
    return { output, took: performance.now() - started };
  } finally {
    await gateway.containers.remove({ id, force: true }, within(AbortSignal.timeout(deadline)));
  }
}

/** What a supervisor that was killed in between has left. */
async function removeLeftovers(gateway: Gateway, signal: AbortSignal): Promise<void> {
  const { containers } = await gateway.containers.list({ all: true, filters: JSON.stringify({ label: [label] }) }, within(signal));
  for (const { id } of containers) await gateway.containers.remove({ id, force: true }, within(signal));
}

async function readLogs(gateway: Gateway, id: string, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  for await (const { message } of gateway.containers.logs({ containerId: id }, within(signal))) {
    lines.push(message.toString().replace(/\n$/, ''));
  }
  return lines.join('\n');
}

async function* pieces({ archive, reference }: ImageArchive) {
  for (let offset = 0; offset < archive.length; offset += pieceSize) {
    yield { data: archive.subarray(offset, offset + pieceSize), reference, eof: false };
  }
  yield { data: Buffer.alloc(0), reference, eof: true };
}

const within = (signal: AbortSignal) => ({ signal, deadline: new Date(Date.now() + deadline) });
