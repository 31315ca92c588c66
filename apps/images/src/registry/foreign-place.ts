import { errorOf } from './answer-error.ts';
import { steady } from './body.ts';
import type { BlobPlace } from './download.ts';
import { isLoopback } from './loopback.ts';
import { followRedirects } from './redirect.ts';
import type { HttpAnswer, Transport } from './transport.ts';
import type { Trust } from './trust.ts';

/** An address that the descriptor of a layer gives: OCI image specification, descriptor.md, `urls`. */
export class ForeignPlace implements BlobPlace {
  readonly name: string;
  readonly #transport: Transport;
  readonly #url: URL;
  readonly #what: string;
  readonly #trustOf: (host: string) => Trust;

  constructor(transport: Transport, url: URL, what: string, trustOf: (host: string) => Trust) {
    this.name = url.host;
    this.#transport = transport;
    this.#url = url;
    this.#what = what;
    this.#trustOf = trustOf;
  }

  /** Nobody's login goes there. */
  async open(headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer> {
    const go = (place: URL): Promise<HttpAnswer> =>
      this.#transport.send(place, { headers }, signal, this.#trustOf(place.host));
    const answer = await followRedirects(await go(this.#url), this.#url, go, { name: this.name, what: this.#what });
    if (answer.statusCode === 200 || answer.statusCode === 206) return answer;
    throw await errorOf(answer, this.name, this.#what);
  }

  chunks(answer: HttpAnswer): AsyncIterable<Buffer> {
    return steady(answer.body as AsyncIterable<Buffer>, this.name, this.#transport.deadlines.idle);
  }
}

/** Undefined for what is no place to fetch from: a registry elsewhere has nothing to look for on our loopback. */
export function parseForeignUrl(text: string, registry: string): URL | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  return isLoopback(url.host) && !isLoopback(registry) ? undefined : url;
}
