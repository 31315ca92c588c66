import { MetricsServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/metrics';
import { type Cause, SystemServiceDefinition as EngineSystemDefinition } from '@arcbox/proto/arcbox/engine/v1/system';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { describeIf, eventually, freePort, startRegistry } from '@arcbox/testing';
import { Metadata } from 'nice-grpc';
import { type Engine, hello, pushBusybox, startEngine } from './engine.ts';
import { readMetrics, type Values } from './metrics-text.ts';
import { type ReceivedSpan, startTraceCollector, type TraceCollector } from './trace-collector.ts';

const self = `uid=${process.getuid?.()} pid=${process.pid} gid=${process.getgid?.()}`;

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'docker-registry', 'skopeo'], 'observability', () => {
  let engine: Engine;
  let collector: TraceCollector;
  let url = '';
  beforeAll(async () => {
    collector = await startTraceCollector();
    const port = await freePort();
    url = `http://127.0.0.1:${port}/metrics`;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
    engine = await startEngine({ args: ['--metrics', `:${port}`, '--scale', 'images=2'], env });
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  /** `type action` of all events so far with what they come from. */
  const causes = async (): Promise<{ event: string; id: string; cause: Cause | undefined }[]> => {
    const found = [];
    const until = BigInt(Date.now()) * 1_000_000n;
    for await (const { event, cause } of engine.client(EngineSystemDefinition).events({ since: 1n, until })) {
      if (event) found.push({ event: `${event.type} ${event.action}`, id: event.actor?.id ?? '', cause });
    }
    return found;
  };

  const scrape = async (): Promise<Values> => {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    return readMetrics(await response.text());
  };

  it('follows a call from the client through gateway and workers into the events', async () => {
    const containers = engine.client(ContainerServiceDefinition);
    const [trace, mine] = ['8'.repeat(31).concat('1'), '3'.repeat(16)];
    const metadata = Metadata({ traceparent: `00-${trace}-${mine}-01`, tracestate: 'test=1', 'x-request-id': 'traced' });
    const { id } = await containers.create({ image: hello, cmd: ['true'] }, { metadata });
    const spans = await eventually(() => {
      const found = collector.spans.filter((span) => span.trace === trace);
      expect(new Set(found.map(({ process }) => process))).toEqual(new Set(['arcbox-gateway', 'arcbox-containers', 'arcbox-images']));
      expect(found.filter(({ parent }) => parent === mine)).toHaveLength(1);
      // Each process sends its own in its own time: what a worker asked for has come from whoever answered, too.
      const answered = found.filter(({ kind }) => kind === 'server').map(({ parent }) => parent);
      expect(answered).toEqual(expect.arrayContaining(found.filter(({ kind }) => kind === 'client').map((call) => call.id)));
      return found;
    });
    const childrenOf = (parent: string, process: string, kind: string): ReceivedSpan[] =>
      spans.filter((span) => span.parent === parent && span.process === process && span.kind === kind);
    const [gateway] = childrenOf(mine, 'arcbox-gateway', 'server');
    expect(gateway).toMatchObject({ name: 'arcbox.v1.ContainerService/Create', attributes: { 'rpc.grpc.status_code': '0', 'arcbox.request_id': 'traced', 'arcbox.client': self } });
    const [worker] = childrenOf(gateway?.id ?? '', 'arcbox-containers', 'server');
    expect(worker).toMatchObject({ name: 'arcbox.v1.ContainerService/Create', status: 0 });
    const nested = childrenOf(worker?.id ?? '', 'arcbox-containers', 'client');
    expect(nested.length).toBeGreaterThan(0);
    for (const { id: call, name } of nested) {
      const [answer] = spans.filter(({ parent, kind }) => parent === call && kind === 'server');
      expect(answer?.name).toBe(name);
    }
    expect(nested.flatMap((call) => childrenOf(call.id, 'arcbox-images', 'server')).length).toBeGreaterThan(0);

    const cause = await eventually(async () => {
      const found = (await causes()).find((one) => one.id === id && one.event === 'container create');
      expect(found).toBeDefined();
      return found?.cause;
    });
    // The span that has written it down is the parent of whatever follows from the event.
    expect(cause).toEqual({ requestId: 'traced', method: '/arcbox.v1.ContainerService/Create', client: self, traceparent: `00-${trace}-${worker?.id}-01` });
    await expect(containers.start({ id: 'nobody' }, { metadata })).rejects.toThrow('no such container');
    await eventually(() => {
      const [refused] = collector.spans.filter((span) => span.trace === trace && span.name.endsWith('/Start') && span.process === 'arcbox-gateway');
      // That is the client's mistake, no failure of the server.
      expect(refused).toMatchObject({ status: 0, attributes: { 'rpc.grpc.status_code': '5' } });
    });
  });

  it('begins a trace where the client has none, and leaves alone what a client does not want recorded', async () => {
    const containers = engine.client(ContainerServiceDefinition);
    const metadata = (flags: string, id: string): Metadata => Metadata({ traceparent: `00-${'9'.repeat(32)}-${'3'.repeat(16)}-${flags}`, 'x-request-id': id });
    await containers.list({}, { metadata: metadata('00', 'unwanted') });
    await containers.list({}, { metadata: Metadata({ 'x-request-id': 'alone' }) });
    const top = await eventually(() => {
      const [found] = collector.spans.filter(({ process, attributes }) => process === 'arcbox-gateway' && attributes['arcbox.request_id'] === 'alone');
      if (!found) throw new Error('not there yet');
      return found;
    });
    expect(top.parent).toBe('');
    await eventually(() => expect(collector.spans.filter(({ parent }) => parent === top.id)).toHaveLength(1));
    expect(collector.spans.filter(({ attributes }) => attributes['arcbox.request_id'] === 'unwanted')).toEqual([]);
  });

  it('counts what happens, in a form that Prometheus reads', async () => {
    const before = await scrape();
    await using registry = await startRegistry();
    const reference = `${registry.host}/counted:1`;
    await pushBusybox(registry.directory, reference);
    await engine.ok('run', '--rm', reference, 'true');
    await expect(engine.client(ContainerServiceDefinition).inspect({ id: 'nobody' })).rejects.toThrow('no such container');
    const after = await eventually(async () => {
      const values = await scrape();
      expect(grown(before, values, 'arcbox_events_total', { worker: 'containers', type: 'container', action: 'destroy' })).toBe(1);
      return values;
    });
    const grew = (name: string, labels: { [name: string]: string }): number => grown(before, after, name, labels);
    expect(grew('arcbox_gateway_calls_total', { method: '/arcbox.v1.ContainerService/Inspect', code: 'NOT_FOUND' })).toBe(1);
    expect(grew('arcbox_calls_total', { worker: 'containers', method: '/arcbox.v1.ContainerService/Inspect', code: 'NOT_FOUND' })).toBe(1);
    expect(grew('arcbox_gateway_call_seconds_count', { method: '/arcbox.v1.ContainerService/Inspect' })).toBeGreaterThanOrEqual(1);
    expect(grew('arcbox_image_pulls_total', { worker: 'images', result: 'ok' })).toBe(1);
    expect(grew('arcbox_image_pulled_bytes_total', { worker: 'images' })).toBeGreaterThan(100_000);
    expect(grew('arcbox_events_published_total', { worker: 'containers' })).toBeGreaterThanOrEqual(4);
    expect(grew('arcbox_events_total', { action: 'die' })).toBe(1);
    const { containers } = await engine.client(ContainerServiceDefinition).list({ all: true });
    expect(sum(after, 'arcbox_containers', { state: 'created' })).toBe(containers.filter(({ state }) => state === 'created').length);
    expect(sum(after, 'arcbox_up', { worker: 'images' })).toBe(2);
    expect(sum(after, 'arcbox_up', {})).toBe(9);
    expect(sum(after, 'arcbox_bus_connected', {})).toBe(9);
    expect(sum(after, 'arcbox_gateway_connections', {})).toBeGreaterThanOrEqual(1);
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'arcbox_store_bytes']) expect(sum(after, name, { worker: 'images' })).toBeGreaterThan(0);

    const { event, cause } = await eventually(async () => {
      const pull = (await causes()).find(({ event: name, id }) => name === 'image pull' && id !== '');
      if (!pull) throw new Error('not there yet');
      return pull;
    });
    expect({ event, method: cause?.method }).toEqual({ event: 'image pull', method: '/arcbox.v1.ImageService/Pull' });
    expect(cause?.client).toMatch(/^uid=\d+ pid=[1-9]\d* gid=\d+$/);
  });

  it('is not held up by a replica that hangs', async () => {
    const hung = engine.pid('images-1');
    process.kill(hung, 'SIGSTOP');
    try {
      const { text } = await engine.client(MetricsServiceDefinition).read({}, { signal: AbortSignal.timeout(10_000) });
      const values = readMetrics(text);
      expect(sum(values, 'arcbox_up', { replica: 'images-1' })).toBe(0);
      expect(sum(values, 'arcbox_up', { replica: 'images-0' })).toBe(1);
      expect(values.some(({ name, labels }) => name === 'process_open_fds' && labels['replica'] === 'images-1')).toBe(false);
    } finally {
      process.kill(hung, 'SIGCONT');
    }
    await eventually(async () => expect(sum(await scrape(), 'arcbox_up', { replica: 'images-1' })).toBe(1));
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('names the prune of the client as what removed, whoever did it', async () => {
    const { id } = await engine.client(ContainerServiceDefinition).create({ image: hello, cmd: ['true'] });
    await engine.client(SystemServiceDefinition).prune({ types: ['containers'] }, { metadata: Metadata({ 'x-request-id': 'tidy' }) });
    await eventually(async () => {
      const destroyed = (await causes()).find((one) => one.id === id && one.event === 'container destroy');
      expect(destroyed?.cause).toMatchObject({ requestId: 'tidy', method: '/arcbox.v1.SystemService/Prune', client: self });
    });
  });
});

function sum(values: Values, name: string, labels: { readonly [name: string]: string }): number {
  return values
    .filter((one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value))
    .reduce((total, { value }) => total + value, 0);
}

const grown = (before: Values, after: Values, name: string, labels: { readonly [name: string]: string }): number =>
  sum(after, name, labels) - sum(before, name, labels);
