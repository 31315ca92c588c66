import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { deadlineExceeded, failedPrecondition, invalidArgument, messageOf, resourceExhausted, unavailable } from '@arcbox/errors';
import { Agent, type Dispatcher, interceptors, request } from 'undici';
import { bytesOf, type ByteName } from '@arcbox/tar';

export interface DownloadLimits {
  readonly maxBytes: number;
  /** For all of it; milliseconds. */
  readonly deadline: number;
  /** Until the connection stands, until the answer begins, and between two pieces of it; milliseconds. */
  readonly idle: number;
}

export const defaultDownloadLimits: DownloadLimits = { maxBytes: 8 * 2 ** 30, deadline: 60 * 60_000, idle: 30_000 };

export interface Downloaded {
  /** The last part of the URL; empty when it has none. */
  readonly base: ByteName;
  /** Seconds since 1970, as the server says; 0 when it does not. */
  readonly mtime: number;
}

const maxRedirects = 10;

/**
 * Saves what is behind a URL to a file. `checksum`: `sha256:…` that it must
 * have. UNAVAILABLE when the server cannot be reached, FAILED_PRECONDITION when
 * it does not have the file or has another one, RESOURCE_EXHAUSTED when it is
 * too large.
 */
export async function download(
  source: string,
  { path, checksum, limits = defaultDownloadLimits }: { path: string; checksum?: string; limits?: DownloadLimits },
  signal: AbortSignal,
): Promise<Downloaded> {
  const url = parseUrl(source);
  const late = AbortSignal.timeout(limits.deadline);
  await using agent = agentWith(limits);
  try {
    const answer = await ask(url, agent.dispatcher, limits, AbortSignal.any([signal, late]));
    const digest = await save(answer.body, path, limits, url);
    if (checksum !== undefined && digest !== checksum)
      throw failedPrecondition(`${url.href} has the digest ${digest}, not ${checksum}`);
    return { base: baseOf(url), mtime: timeOf(answer.headers['last-modified']) };
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) throw deadlineExceeded(`${url.href}: not loaded within ${limits.deadline / 1000} s`, error);
    throw error;
  }
}

function agentWith({ idle }: DownloadLimits): { readonly dispatcher: Dispatcher } & AsyncDisposable {
  const agent = new Agent({ connect: { timeout: idle } });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: maxRedirects }));
  return { dispatcher, [Symbol.asyncDispose]: () => agent.destroy() };
}

async function ask(
  url: URL,
  dispatcher: Dispatcher,
  { idle }: DownloadLimits,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const headers = { 'user-agent': 'arcbox' };
  const options = { dispatcher, headers, headersTimeout: idle, bodyTimeout: idle, signal };
  const answer = await request(url, options).catch((error: unknown) => {
    throw unavailable(`${url.href} cannot be loaded: ${messageOf(error)}`, error);
  });
  const { statusCode } = answer;
  if (statusCode >= 200 && statusCode < 300) return answer;
  const refuse = statusCode >= 500 ? unavailable : failedPrecondition;
  throw refuse(`${url.href} cannot be loaded: the server answers ${statusCode}`);
}

/** Returns the digest. */
async function save(body: AsyncIterable<unknown>, path: string, { maxBytes }: DownloadLimits, url: URL): Promise<string> {
  await using file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of piecesOf(body, url)) {
    length += chunk.length;
    if (length > maxBytes) throw resourceExhausted(`${url.href} is larger than ${maxBytes} bytes`);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

async function* piecesOf(body: AsyncIterable<unknown>, url: URL): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    throw unavailable(`${url.href} cannot be loaded: ${messageOf(error)}`, error);
  }
}

function parseUrl(source: string): URL {
  try {
    return new URL(source);
  } catch (error) {
    throw invalidArgument(`ADD: not a URL: ${source}`, error);
  }
}

function baseOf(url: URL): ByteName {
  const base = posix.basename(decode(url.pathname));
  return base === '.' || base === '..' ? '' : bytesOf(base);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function timeOf(lastModified: string | string[] | undefined): number {
  const time = Date.parse(String(lastModified ?? ''));
  return Number.isNaN(time) ? 0 : Math.max(0, Math.floor(time / 1000));
}
