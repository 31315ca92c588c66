import type { Registry } from '@arcbox/testing';
import { Agent, request } from 'undici';
import type { Blob, TestImage } from './test-image.ts';

type Target = Pick<Registry, 'port' | 'ca'>;

type Account = { readonly username: string; readonly password: string } | { readonly bearer: string };

/** Puts an image into a registry, as any client would: OCI distribution specification, "Push". */
export async function pushImage(
  registry: Target,
  repository: string,
  tag: string,
  image: TestImage,
  account?: Account,
): Promise<void> {
  for (const blob of [...image.layers, image.config]) await pushBlob(registry, repository, blob, account);
  await pushManifest(registry, repository, tag, image.manifest, account);
}

export async function pushManifest(
  registry: Target,
  repository: string,
  tag: string,
  manifest: Blob,
  account?: Account,
): Promise<void> {
  const headers = { 'content-type': manifest.mediaType };
  await send(registry, 'PUT', `/v2/${repository}/manifests/${tag}`, { headers, body: manifest.content, account });
}

async function pushBlob(
  registry: Target,
  repository: string,
  { digest, content }: Blob,
  account?: Account,
): Promise<void> {
  const location = await send(registry, 'POST', `/v2/${repository}/blobs/uploads/`, { account });
  const url = new URL(location, 'http://any');
  url.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  await send(registry, 'PUT', url.pathname + url.search, { headers, body: content, account });
}

const careless = new Agent({ connect: { rejectUnauthorized: false }, keepAliveTimeout: 10 });

async function send(
  { port, ca }: Target,
  method: 'POST' | 'PUT',
  path: string,
  { headers, body, account }: { headers?: Record<string, string>; body?: Buffer; account?: Account },
): Promise<string> {
  const answer = await request(`${ca ? 'https' : 'http'}://127.0.0.1:${port}${path}`, {
    method,
    body,
    dispatcher: careless,
    headers: { ...headers, ...(account ? { authorization: authorizationOf(account) } : {}) },
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return String(answer.headers['location'] ?? '');
}

function authorizationOf(account: Account): string {
  if ('bearer' in account) return `Bearer ${account.bearer}`;
  return `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
}
