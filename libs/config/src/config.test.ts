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
