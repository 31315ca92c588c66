import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeIdentity, pathsFor, readConfig } from './index.ts';

describe('readConfig', () => {
  it('uses the usual places without a root', () => {
    const { paths, replica } = readConfig('images', {});
    expect(paths.gatewaySocket).toBe('/run/arcbox/arcbox.sock');
    expect(paths.service('images')).toBe('/var/lib/arcbox/images');
    expect(replica).toBe('images-0');
  });

  it('puts everything below the root', () => {
    const { paths } = readConfig('images', { ARCBOX_ROOT: '/srv/a', ARCBOX_REPLICA: '3' });
    expect(paths.gatewaySocket).toBe('/srv/a/run/arcbox.sock');
    expect(paths.workerSocket('images-3')).toBe('/srv/a/run/workers/images-3.sock');
  });

  it('reads a listen address, IPv6 too, and refuses nonsense', () => {
    expect(readConfig('gateway', { ARCBOX_LISTEN: '[::1]:7000' }).listen).toMatchObject({ host: '::1', port: 7000 });
    expect(readConfig('gateway', { ARCBOX_LISTEN: ':7000' }).listen).toMatchObject({ host: '0.0.0.0', port: 7000 });
    expect(() => readConfig('gateway', { ARCBOX_LISTEN: 'nowhere' })).toThrow('ARCBOX_LISTEN: not host:port: nowhere');
  });
});

describe('metrics', () => {
  it('are for this machine alone unless something else is said', () => {
    expect(readConfig('gateway', {}).metrics).toBeUndefined();
    expect(readConfig('gateway', { ARCBOX_METRICS: ':9464' }).metrics).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(readConfig('gateway', { ARCBOX_METRICS: '[::]:9464' }).metrics).toEqual({ host: '::', port: 9464 });
    expect(() => readConfig('gateway', { ARCBOX_METRICS: '9464' })).toThrow('ARCBOX_METRICS: not host:port: 9464');
  });
});

describe('traces', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

  it('are collected where a collector is named, and not where it is said that they shall not be', () => {
    expect(readConfig('images', {}).tracing).toBeUndefined();
    expect(readConfig('images', { OTEL_SERVICE_NAME: 'a', OTEL_EXPORTER_OTLP_ENDPOINT: '' }).tracing).toBeUndefined();
    expect(readConfig('images', endpoint).tracing).toMatchObject({ sampler: { name: 'parentbased_always_on', ratio: 1 } });
    expect(readConfig('images', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x/v1/traces' }).tracing).toBeDefined();
    expect(readConfig('images', { ...endpoint, OTEL_SDK_DISABLED: 'True' }).tracing).toBeUndefined();
    expect(readConfig('images', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }).tracing).toBeUndefined();
  });

  it('are sampled and gathered as is said', () => {
    const said = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25', OTEL_BSP_SCHEDULE_DELAY: '100' };
    expect(readConfig('images', { ...endpoint, ...said }).tracing).toMatchObject({
      sampler: { name: 'traceidratio', ratio: 0.25 },
      batch: { scheduledDelayMillis: 100 },
    });
    const refused = (env: NodeJS.ProcessEnv) => () => readConfig('images', { ...endpoint, ...env });
    expect(refused({ OTEL_TRACES_SAMPLER: 'often' })).toThrow('OTEL_TRACES_SAMPLER: not one of always_on, ');
    expect(refused({ OTEL_TRACES_SAMPLER_ARG: '2' })).toThrow('OTEL_TRACES_SAMPLER_ARG: not a share from 0 to 1: 2');
    expect(refused({ OTEL_BSP_MAX_QUEUE_SIZE: 'x' })).toThrow('OTEL_BSP_MAX_QUEUE_SIZE: not a positive number: x');
    expect(refused({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toThrow('OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is supported: grpc');
  });
});

describe('the cache of contexts', () => {
  it('is as large as is said', () => {
    expect(readConfig('images', {}).contextCacheBytes).toBeUndefined();
    expect(readConfig('images', { ARCBOX_CONTEXT_CACHE_BYTES: '1000' }).contextCacheBytes).toBe(1_000);
    expect(() => readConfig('images', { ARCBOX_CONTEXT_CACHE_BYTES: '1k' })).toThrow('ARCBOX_CONTEXT_CACHE_BYTES: not a positive number: 1k');
  });
});

describe('remapping', () => {
  it('is off, or names whose ids are used', () => {
    expect(readConfig('containers', { ARCBOX_USERNS_REMAP: '' }).usernsRemap).toBeUndefined();
    for (const text of ['default', 'somebody', '1000:1001']) expect(readConfig('containers', { ARCBOX_USERNS_REMAP: text }).usernsRemap).toBe(text);
    for (const text of ['a:b:c', ':a', 'a b']) expect(() => readConfig('containers', { ARCBOX_USERNS_REMAP: text })).toThrow(`ARCBOX_USERNS_REMAP: not default, user or user:group: ${text}`);
  });
});

describe('limits of layers', () => {
  it('are those that are given, and refuse nonsense', () => {
    const env = { ARCBOX_MAX_LAYER_BYTES: '1000', ARCBOX_MAX_LAYER_RATIO: '9' };
    expect(readConfig('images', env).layerLimits).toEqual({ maxBytes: 1_000, maxRatio: 9 });
    for (const text of ['0', '-1', '1e3', 'many'])
      expect(() => readConfig('images', { ARCBOX_MAX_LAYER_FILES: text })).toThrow(`ARCBOX_MAX_LAYER_FILES: not a positive number: ${text}`);
  });
});

describe('nodeIdentity', () => {
  it('stays the same', () => {
    const root = mkdtempSync(join(tmpdir(), 'node-'));
    const first = nodeIdentity(pathsFor(root));
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(nodeIdentity(pathsFor(root))).toBe(first);
    rmSync(root, { recursive: true });
  });
});
