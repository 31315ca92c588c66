import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { Breaker } from './breaker.ts';
import type { Candidate } from './candidates.ts';
import { parseRetryAfter } from './retry-after.ts';

/** What came of looking: nobody knows whether there is a picture where a host did not answer as it should. */
export type Finding = { readonly kind: 'found'; readonly url: string } | { readonly kind: 'absent' | 'unknown' };

/** What one look may take, in milliseconds: all requests that it needs. */
const budget = 2_000;

/** A document that names a picture is not longer than this; bytes. */
const maxDocument = 64 * 1024;

/** An address that is longer is no picture's; characters. */
const maxUrl = 2_048;

const maxRedirects = 3;
const connections = 8;

type Answer = Awaited<ReturnType<typeof request>>;

const absent: Finding = { kind: 'absent' };
const unknown: Finding = { kind: 'unknown' };

/** Looks whether a picture is where it may be. Nothing here throws: a host that misbehaves is left alone for a while. */
export class Prober implements AsyncDisposable {
  readonly #agent = new Agent({ connections, connect: { timeout: budget } });
  readonly #breaker: Breaker;

  constructor(breaker = new Breaker()) {
    this.#breaker = breaker;
  }

  async probe({ url, field }: Candidate, signal: AbortSignal): Promise<Finding> {
    const { host } = new URL(url);
    if (signal.aborted || !this.#breaker.allows(host)) return unknown;
    try {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(budget)]);
      const answer = await this.#ask(url, field ? 'GET' : 'HEAD', inTime);
      return await this.#judge(host, answer, (good) => (field ? pointer(good, field) : picture(good, url)));
    } catch {
      // Whoever has what they want calls us off: the host is not to blame.
      if (!signal.aborted) this.#breaker.failed(host);
      return unknown;
    }
  }

  async #judge(host: string, answer: Answer, read: (answer: Answer) => Promise<Finding>): Promise<Finding> {
    const { statusCode, headers, body } = answer;
    if (statusCode >= 200 && statusCode < 300) {
      const finding = await read(answer);
      if (finding.kind === 'unknown') this.#breaker.failed(host);
      else this.#breaker.succeeded(host);
      return finding;
    }
    drop(body);
    const wish = parseRetryAfter(textOf(headers['retry-after']), Date.now());
    const isSentAway = statusCode === 429 || (wish !== undefined && [403, 503].includes(statusCode));
    if (isSentAway) this.#breaker.sentAway(host, wish);
    else if (isRefusal(statusCode)) this.#breaker.succeeded(host);
    else this.#breaker.failed(host);
    return isRefusal(statusCode) && !isSentAway ? absent : unknown;
  }

  /** Follows redirects, and asks with GET where HEAD is not known. */
  async #ask(url: string, method: 'GET' | 'HEAD', signal: AbortSignal, redirects = 0): Promise<Answer> {
    const headers = { 'user-agent': 'arcbox', accept: method === 'HEAD' ? 'image/*' : 'application/json, image/*' };
    const answer = await request(url, { method, headers, dispatcher: this.#agent, signal });
    const { statusCode } = answer;
    if (method === 'HEAD' && (statusCode === 405 || statusCode === 501)) {
      drop(answer.body);
      return await this.#ask(url, 'GET', signal, redirects);
    }
    const next = redirectOf(answer, url);
    if (!next) return answer;
    drop(answer.body);
    if (redirects === maxRedirects) throw new Error(`${url} leads to no end`);
    return await this.#ask(next, method, signal, redirects + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Where a redirect leads; a protected connection is not left for one that is not. */
function redirectOf({ statusCode, headers }: Answer, from: string): string | undefined {
  const location = textOf(headers['location']);
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined;
  const next = new URL(location, from);
  const isSafe = next.protocol === 'https:' || (next.protocol === 'http:' && from.startsWith('http:'));
  if (!isSafe) throw new Error(`${from} leads to ${next.protocol}`);
  return next.href;
}

/** The host knows that there is nothing, or that it is not for us. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![407, 408, 425, 429].includes(status);
}

async function picture({ headers, body }: Answer, url: string): Promise<Finding> {
  drop(body);
  // A page that says something else, as captive portals send, proves nothing.
  return textOf(headers['content-type'])?.startsWith('image/') ? { kind: 'found', url } : unknown;
}

async function pointer({ body }: Answer, field: string): Promise<Finding> {
  const document: unknown = JSON.parse(await readBriefly(body));
  if (typeof document !== 'object' || document === null) return unknown;
  const value = (document as { readonly [name: string]: unknown })[field];
  if (value === undefined || value === null || value === '') return absent;
  return typeof value === 'string' && isAddress(value) ? { kind: 'found', url: value } : unknown;
}

function isAddress(text: string): boolean {
  return text.length <= maxUrl && /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}

async function readBriefly(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxDocument) throw new Error(`a document of more than ${maxDocument} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Of an answer that nobody reads, the rest is not fetched. */
function drop(body: Readable): void {
  body.on('error', () => {}).destroy();
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
