import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCredentials, keepCredentials, readCredentials } from './credentials.ts';

describe('credentials', () => {
  const directory = mkdtempSync(join(tmpdir(), 'abx-auth-'));
  const file = join(directory, 'auth.json');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are kept for one registry, for the user alone, and forgotten', () => {
    expect(readCredentials(directory, 'registry:5000')).toBeUndefined();
    keepCredentials(directory, 'registry:5000', { username: 'u', password: 'a:b' });
    keepCredentials(directory, 'https://index.docker.io/v1/', { username: 'h', password: 'x' });
    expect(readCredentials(directory, 'registry:5000')).toEqual({ username: 'u', password: 'a:b' });
    expect(readCredentials(directory, 'docker.io')).toEqual({ username: 'h', password: 'x' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(keepCredentials(directory, 'registry:5000', undefined)).toBe(true);
    expect(keepCredentials(directory, 'registry:5000', undefined)).toBe(false);
    expect(readCredentials(directory, 'docker.io')).toBeDefined();
  });

  it('travel as base64 of JSON', () => {
    const encoded = encodeCredentials('registry:5000', { username: 'u', password: 'p' });
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual({
      username: 'u',
      password: 'p',
      serveraddress: 'registry:5000',
    });
    expect(encodeCredentials('registry:5000', undefined)).toBe('');
  });

  it('say which file is broken', () => {
    writeFileSync(file, '{');
    expect(() => readCredentials(directory, 'registry:5000')).toThrow(`${file} is not JSON`);
  });
});
