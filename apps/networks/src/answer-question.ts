import type { Address } from './cidr.ts';
import { askUpstream, type Way } from './ask-upstream.ts';
import { codes, type Found, type Question, readQuestion, types, writeAnswer, writeCode } from './dns-message.ts';
import { type NameIndex, reversed } from './name-index.ts';
import { hasNames } from './network.ts';
import type { Records } from './records.ts';
import { askedByHost } from './resolvers.ts';
import { familiesReached, type Sandbox } from './sandbox.ts';

/** Questions that wait for somebody else's answer, of everybody and of one container. */
const [mostAsked, mostAskedOfOne] = [1_000, 100];

/** Bytes of an answer by TCP. */
const longest = 0xffff;

/** A message that came to the gateway of a network. */
export interface Arrived {
  readonly message: Buffer;
  readonly network: string;
  /** Address of who has sent it. */
  readonly source: string;
  readonly way: Way;
}

/**
 * Answers what containers ask: of names of their networks itself, of others as the
 * servers say that the container was given, or the host's. Whoever is on no network
 * with a way out hears nothing of the world, nor can tell it anything by a name.
 */
export class Answers {
  readonly #records: Records;
  readonly #index: NameIndex;
  /** Questions that wait, by container. */
  readonly #asked = new Map<string, number>();
  #total = 0;

  constructor(records: Records, index: NameIndex) {
    this.#records = records;
    this.#index = index;
  }

  /** The answer, or nothing where none must be given. */
  async to({ message, network, source, way }: Arrived): Promise<Buffer | undefined> {
    const question = readQuestion(message);
    if (question === undefined) return undefined;
    if (typeof question === 'number') return writeCode(message, undefined, question);
    const sandbox = this.#records.sandboxes.get(this.#records.addresses.get(`${network}/${source}`)?.container ?? '');
    if (!sandbox && !this.#isHost(network, source)) return writeCode(message, question, codes.refused);
    const found = this.#find(question, sandbox ? this.#networksOf(sandbox, network) : [network]);
    if (found) return writeAnswer(message, question, found, way === 'tcp' ? longest : question.room);
    // The host has its own servers; they may be this one.
    if (!sandbox) return writeCode(message, question, codes.noSuchName);
    return this.#pass(message, question, sandbox, way);
  }

  #isHost(network: string, source: string): boolean {
    return this.#records.networks.get(network)?.subnets.some(({ gateway }) => gateway === source) ?? false;
  }

  /** Those whose names a container may know, the one first that it has asked on. */
  #networksOf({ endpoints }: Sandbox, first: string): string[] {
    const named = endpoints.flatMap(({ networkId, stage }) => (stage === 'leaving' ? [] : (this.#records.networks.get(networkId) ?? []))).filter(hasNames);
    return [...new Set([first, ...named.map(({ id }) => id)])];
  }

  #find({ name, type }: Question, networks: readonly string[]): Found[] | undefined {
    const address = reversed(name);
    for (const network of networks) {
      const known = address && this.#index.nameOf(network, address);
      if (known !== undefined) return type === types.ptr || type === types.any ? [known] : [];
      const addresses = this.#index.addressesOf(network, name);
      if (addresses) return shuffled(addresses.filter(({ family }) => type === types.any || type === (family === 4 ? types.a : types.aaaa)));
    }
    return undefined;
  }

  async #pass(message: Buffer, question: Question, sandbox: Sandbox, way: Way): Promise<Buffer> {
    if (familiesReached(sandbox.endpoints).length === 0) return writeCode(message, question, codes.noSuchName);
    const mine = this.#asked.get(sandbox.id) ?? 0;
    if (this.#total >= mostAsked || mine >= mostAskedOfOne) return writeCode(message, question, codes.failed);
    this.#count(sandbox.id, 1);
    try {
      const servers = sandbox.dns?.length ? sandbox.dns : askedByHost();
      return (await askUpstream(message, question, servers, way)) ?? writeCode(message, question, codes.failed);
    } finally {
      this.#count(sandbox.id, -1);
    }
  }

  #count(id: string, by: 1 | -1): void {
    this.#total += by;
    const mine = (this.#asked.get(id) ?? 0) + by;
    if (mine > 0) this.#asked.set(id, mine);
    else this.#asked.delete(id);
  }
}

/** From another one on each time: most take the first. */
function shuffled(addresses: readonly Address[]): Address[] {
  const start = Math.floor(Math.random() * addresses.length);
  return [...addresses.slice(start), ...addresses.slice(0, start)];
}
