import { invalidArgument } from '@arcbox/errors';
import type { AttachInput, AttachOutput } from '@arcbox/proto/arcbox/v1/container';
import type { CallContext } from '@arcbox/rpc';
import { attachOutput } from './attach.ts';
import { requireLog } from '../log/logs.ts';
import type { Machinery } from '../machinery.ts';
import { takeInput } from './stdin.ts';

/** Attach: what cannot stand in its messages comes as metadata. */
export async function* attach(
  machinery: Machinery,
  request: AsyncIterable<AttachInput>,
  { metadata, signal, log }: CallContext,
): AsyncGenerator<AttachOutput, void, undefined> {
  const reference = metadata.get('x-container-id');
  if (!reference) throw invalidArgument('the metadata x-container-id is needed: it says which container');
  const container = machinery.containers.find(reference);
  const logs = metadata.get('x-attach-logs') === 'true';
  if (logs) requireLog(container);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  machinery.containers.announce(container, { action: 'attach' });
  const looksOn = metadata.get('x-attach-stdin') === 'false';
  takeInput(machinery, container, request, { signal: both, looksOn }).catch((error: unknown) => log.debug({ error }, 'input ended'));
  try {
    for await (const { stream, bytes } of attachOutput(machinery, container, { logs }, signal)) yield { stream, data: bytes };
  } finally {
    stop.abort();
  }
}
