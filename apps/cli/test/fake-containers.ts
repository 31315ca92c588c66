import type { CreateRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import { BoundedQueue } from '@arcbox/stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answers, failure, Status } from './fake-gateway.ts';

/** What the program in a fake container sees and can do. */
export interface Process {
  readonly request: CreateRequest;
  /** Standard input, chunk by chunk, until the client closes it. */
  readonly stdin: AsyncIterable<Buffer>;
  /** Sizes of the terminal that the client has sent, as `rowsxcolumns`. */
  readonly sizes: string[];
  print(data: string | Buffer, stream?: 'stdout' | 'stderr'): Promise<unknown>;
  /** Resolves with the next signal. */
  signal(): Promise<string>;
}

export type Program = (process: Process) => Promise<number>;

/** Runs `programs` by the name of the image; others are missing until they are pulled. */
export class FakeContainers {
  /** What was asked for, in order: `create`, `attach`, `start`, `kill TERM` … */
  readonly log: string[] = [];
  readonly requests: CreateRequest[] = [];
  readonly pulled = new Set<string>();
  readonly #programs: Readonly<Record<string, Program>>;
  readonly #containers = new Map<string, Container>();

  constructor(programs: Readonly<Record<string, Program>>) {
    this.#programs = programs;
  }

  get left(): number {
    return this.#containers.size;
  }

  readonly answers: Answers = {
    furtherContainers: {
      create: async (request) => {
        this.log.push('create');
        this.requests.push(request as CreateRequest);
        const image = request.container?.image ?? '';
        if (image.startsWith('remote/') && !this.pulled.has(image))
          throw failure(Status.NOT_FOUND, `no such image: ${image}`);
        const id = String(this.requests.length).padStart(64, 'e');
        this.#containers.set(id, new Container(request as CreateRequest));
        return { id, warnings: [] };
      },
      start: async (request) => {
        this.log.push('start');
        return this.#start(request);
      },
    },
    images: {
      exists: async ({ reference }) => ({
        exists: !reference.startsWith('remote/') || this.pulled.has(reference),
        id: '',
      }),
    },
    containers: {
      attach: (input, { metadata, header, sendHeader }) => {
        this.log.push('attach');
        const container = this.#find(metadata.get('x-container-id') ?? '');
        // As the engine does: without any, nothing would be sent.
        header.set('x-request-id', 'test');
        sendHeader();
        void container.take(input);
        return container.output();
      },
      wait: async ({ id, condition }) => {
        const container = this.#find(id);
        if (condition === 'next-exit') await sleep(5);
        return { statusCode: BigInt(await container.exited.promise), error: '' };
      },
      kill: async ({ id, signal }) => {
        this.log.push(`kill ${signal}`);
        this.#find(id).signals.offer(signal);
        return {};
      },
      inspect: async ({ id }) => ({ id, state: { exitCode: this.#find(id).code } }),
      remove: async ({ id }) => {
        this.log.push('remove');
        this.#containers.delete(id);
        return {};
      },
    },
  };

  #start({ id = '', height = 0, width = 0 }: { id?: string; height?: number; width?: number }): object {
    const container = this.#find(id);
    const name = container.request.container?.image ?? '';
    if (name === 'broken') {
      container.exited.resolve(127);
      container.code = 127;
      throw failure(Status.FAILED_PRECONDITION, 'cannot start: exec: "nonsense": not found');
    }
    if (height > 0) container.sizes.push(`${height}x${width}`);
    void container.run(this.#programs[name.replace('remote/', '')] ?? (async () => 0)).then(() => {
      if (container.request.autoRemove) this.#containers.delete(id);
    });
    return {};
  }

  #find(id: string): Container {
    const container = this.#containers.get(id);
    if (!container) throw failure(Status.NOT_FOUND, `no such container: ${id}`);
    return container;
  }
}

class Container {
  readonly request: CreateRequest;
  readonly exited = Promise.withResolvers<number>();
  readonly signals = new BoundedQueue<string>(16);
  readonly sizes: string[] = [];
  code = 0;
  readonly #output = new BoundedQueue<{ stream: string; data: Buffer }>(4);
  readonly #input = new BoundedQueue<Buffer>(4);

  constructor(request: CreateRequest) {
    this.request = request;
  }

  async run(program: Program): Promise<void> {
    const signals = this.signals[Symbol.asyncIterator]();
    this.code = await program({
      request: this.request,
      stdin: this.#input,
      sizes: this.sizes,
      print: (data, stream = 'stdout') => this.#output.push({ stream, data: Buffer.from(data) }),
      signal: async () => String((await signals.next()).value),
    });
    this.exited.resolve(this.code);
    this.#output.end();
  }

  async take(
    input: AsyncIterable<{ data?: Uint8Array; resize?: boolean; height?: number; width?: number }>,
  ): Promise<void> {
    try {
      for await (const { data, resize, height, width } of input) {
        if (resize) this.sizes.push(`${height}x${width}`);
        else if (data) await this.#input.push(Buffer.from(data));
      }
    } catch {
      // The client has gone.
    }
    this.#input.end();
  }

  output(): AsyncGenerator<{ stream: string; data: Buffer }, void, undefined> {
    return this.#output[Symbol.asyncIterator]();
  }
}
