import { dataLoss } from '@arcbox/errors';
import { errorOf } from './answer-error.ts';
import { discard } from './body.ts';
import { type Fetched, headerOf, type RemoteRepository } from './repository.ts';
import { type RetryPolicy, retrying } from './transient.ts';
import { requestUpload } from './upload-request.ts';

/** Registries look for every blob of it before they answer; milliseconds. */
const patience = 2 * 60_000;

/**
 * Puts a manifest or index under a tag or its digest, byte for byte. What it
 * refers to is there already. `name` is for messages: `nginx:latest`.
 */
export async function uploadManifest(
  repository: RemoteRepository,
  tagOrDigest: string,
  { content, descriptor: { mediaType, digest } }: Fetched,
  options: { name: string; retries: RetryPolicy; signal: AbortSignal },
): Promise<void> {
  const { name, retries, signal } = options;
  const what = `manifest for ${name}`;
  const headers = { 'content-type': mediaType };
  await retrying(retries, signal, async () => {
    const request = { method: 'PUT', headers, body: content, patience } as const;
    const answer = await requestUpload(repository, { path: `/manifests/${tagOrDigest}` }, request, signal);
    if (answer.statusCode !== 201 && answer.statusCode !== 202) throw await errorOf(answer, repository.host, what);
    await discard(answer.body);
    const stored = headerOf(answer, 'docker-content-digest');
    if (stored?.startsWith('sha256:') && stored !== digest) {
      throw dataLoss(`${what}: registry ${repository.host} has stored it as ${stored}, not ${digest}`);
    }
  });
}
