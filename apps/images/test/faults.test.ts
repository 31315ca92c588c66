import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { silentLogger } from '@arcbox/log';
import { openStore } from '@arcbox/store';
import { describeIf, type Registry, startRegistry, temporaryRoot } from '@arcbox/testing';
import type { ImageEngine } from '../src/engine.ts';
import { hostPlatform } from '../src/image/platform.ts';
import { pullImage } from '../src/pull/pull.ts';
import { PullReporter } from '../src/pull/pull-progress.ts';
import { parseReference } from '@arcbox/reference';
import { RegistryAccess } from '../src/registry/access.ts';
import { defaultLimits } from '../src/unpack/extract.ts';
import { openEngine } from '../src/worker.ts';
import { usually } from '../../../tests/e2e/long.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { pushImage } from './push.ts';
import { makeImage, type TestImage } from './test-image.ts';

/** The image store without a worker around it, and little patience. */
class ImpatientStore implements AsyncDisposable {
  readonly engine: ImageEngine;
  readonly #stack: AsyncDisposableStack;
  readonly #registry: RegistryAccess;

  constructor() {
    using stack = new DisposableStack();
    const root = temporaryRoot();
    const state = root.paths.service('images');
    const store = stack.use(openStore(join(state, 'state.db')));
    this.engine = openEngine(state, store, silentLogger, {
      stopping: new AbortController().signal,
      limits: defaultLimits,
    });
    const { layout, layers } = this.engine;
    this.#registry = new RegistryAccess({
      ...layout,
      deadlines: { connect: 1_000, headers: 500, idle: 500 },
      retries: { attempts: 2, pause: 5, longestPause: 2_000 },
    });
    const owned = stack.move();
    this.#stack = new AsyncDisposableStack();
    this.#stack.use(root);
    this.#stack.use(owned);
    this.#stack.use(this.#registry);
    this.#stack.use(layers);
  }

  async pull(reference: string): Promise<void> {
    const request = { reference: parseReference(reference), credentials: undefined, platform: hostPlatform() };
    await pullImage(this.engine, this.#registry, request, new PullReporter(), new AbortController().signal);
  }

  /** What is in the store, parts of downloads included. */
  get traces(): string[] {
    const { blobs, layers, links, ingest } = this.engine.layout;
    const files = [blobs, layers, links, ingest].flatMap((path) => readdirSync(path).map((name) => join(path, name)));
    return files.filter((path) => !path.endsWith('/empty'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

interface Case {
  readonly fault: Fault;
  /** What it comes to when it stays so; `fine` when the content is whole all the same. */
  readonly always: RegExp;
  /** Whether another try helps, so that nobody notices when it happens once. */
  readonly passes: 'passes' | 'passes for layers' | 'stays';
}

const cases: { readonly [registry: string]: Case } = {
  'cuts the connection at once': { fault: { cutAfter: 0 }, always: /^unavailable: .* connection broke/, passes: 'passes' },
  'cuts the connection': { fault: { cutAfter: 50 }, always: /^unavailable: .* connection broke/, passes: 'passes' },
  'ends too early': { fault: { endAfter: 50 }, always: /^data-loss: /, passes: 'passes for layers' },
  'announces less': { fault: { contentLength: 60 }, always: /^(data-loss|unavailable): /, passes: 'passes for layers' },
  'announces more': { fault: { contentLength: 5_000_000 }, always: /^(unavailable: |fine$)/, passes: 'passes' },
  'changes a byte': { fault: { corrupt: true }, always: /^data-loss: /, passes: 'stays' },
  throttles: { fault: { status: 429 }, always: /^resource-exhausted: registry .* throttles/, passes: 'passes' },
  'throttles for an hour': {
    fault: { status: 429, headers: { 'retry-after': '3600' } },
    always: /^resource-exhausted: registry .* throttles/,
    passes: 'stays',
  },
  'is overloaded': {
    fault: { status: 503, headers: { 'retry-after': '1' } },
    always: /^unavailable: registry .* failed/,
    passes: 'passes',
  },
  fails: { fault: { status: 500, body: 'oops' }, always: /^unavailable: registry .* failed/, passes: 'passes' },
  'has lost it': { fault: { status: 404 }, always: /^not-found: /, passes: 'stays' },
  'denies it': { fault: { status: 403 }, always: /^permission-denied: /, passes: 'stays' },
  'asks for a login': { fault: { status: 401 }, always: /^unauthenticated: /, passes: 'stays' },
  'sends us in circles': {
    fault: { status: 307, headers: { location: '?' } },
    always: /^unavailable: .* redirects .* to nowhere/,
    passes: 'passes',
  },
  'does not answer': { fault: { hang: true }, always: /^unavailable: .* does not answer/, passes: 'passes' },
  'begins and stops': {
    fault: { hold: new Promise(() => {}) },
    always: /^unavailable: .* does not answer/,
    passes: 'passes',
  },
  drips: { fault: { drip: 100 }, always: /^unavailable: .* is too slow/, passes: 'passes' },
};

/** Configurations are fetched as manifests are. */
const parts = ['manifest', 'layer'] as const;

/** All faults with all parts, or each with one of them. */
const tried = Object.entries(cases).flatMap(([name, each], index) =>
  usually([parts[index % parts.length] ?? 'layer'], [...parts]).map((part) => ({ name, part, ...each })),
);

const passing = tried.filter(({ part, passes }) => passes === 'passes' || (passes === 'passes for layers' && part === 'layer'));

describeIf(['root', 'docker-registry', 'bsdtar'], 'a registry that', () => {
  let registry: Registry;
  let proxy: FaultProxy;
  beforeAll(async () => {
    registry = await startRegistry();
    proxy = await startFaultProxy(registry.port);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  it.each(tried)('$name with every $part: says so, shows nothing, and is forgotten when it is well again', async ({ part, fault, always }) => {
    await using store = new ImpatientStore();
    const { image, isPart } = await publish(part);
    proxy.fault = (line) => (isPart(line) ? fault : undefined);
    const outcome = await store.pull(`${proxy.host}/app:1`).then(() => 'fine', describeError);
    expect(outcome).toMatch(always);
    if (outcome !== 'fine') expect(store.engine.records.images.all()).toEqual([]);
    expectOnlyParts(store, outcome);
    proxy.fault = () => undefined;
    await store.pull(`${proxy.host}/app:1`);
    expect(store.engine.records.images.get(image.id)).toBeDefined();
    expect(readdirSync(store.engine.layout.ingest)).toEqual([]);
  });

  it.each(passing)('$name with one $part: nobody notices', async ({ part, fault }) => {
    await using store = new ImpatientStore();
    const { image, isPart } = await publish(part);
    const faults = [fault];
    proxy.fault = (line) => (isPart(line) ? faults.shift() : undefined);
    await store.pull(`${proxy.host}/app:1`);
    expect(faults).toEqual([]);
    expect(store.engine.records.images.get(image.id)).toBeDefined();
    expect(readdirSync(store.engine.layout.ingest)).toEqual([]);
  });

  async function publish(part: (typeof parts)[number]): Promise<{ image: TestImage; isPart: (line: string) => boolean }> {
    const image = makeImage({ layers: [[{ name: 'small' }], [{ name: 'large', content: randomBytes(30_000) }]] });
    await pushImage(registry, 'app', '1', image);
    const place = { manifest: '/manifests/', layer: image.layers[1]?.digest ?? '' }[part];
    return { image, isPart: (line) => line.includes(place) };
  }
});

/** Which layer it was goes without saying here. */
function describeError(error: Error & { kind?: string }): string {
  return `${error.kind}: ${error.message.replace(/^layer sha256:[0-9a-f]{64}: /, '')}`;
}

/** Whole layers, and the beginnings of others, wait for the next pull after an interruption, by throttling too; after all else nothing is left. */
function expectOnlyParts(store: ImpatientStore, outcome: string): void {
  if (outcome === 'fine') return;
  const { traces } = store;
  if (!/^(?:unavailable|resource-exhausted): /.test(outcome)) expect(traces).toEqual([]);
  const beginnings = traces.filter((path) => path.startsWith(store.engine.layout.ingest));
  for (const path of beginnings) {
    expect(basename(path)).toMatch(/^part-[0-9a-f]{64}$/);
    expect(statSync(path).size).toBeGreaterThan(0);
  }
}
