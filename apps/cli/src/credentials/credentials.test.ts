import { encodeCredentials, registryHost, serverAddress } from './credentials.ts';

describe('credentials', () => {
  it('travel as base64 of JSON', () => {
    const decode = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64').toString());
    expect(decode(encodeCredentials('registry:5000', { username: 'u', password: 'p', identityToken: '' }))).toEqual({
      username: 'u',
      password: 'p',
      serveraddress: 'registry:5000',
    });
    expect(decode(encodeCredentials('index.docker.io', { username: 'u', password: 'p', identityToken: 't' }))).toEqual({
      username: 'u',
      identitytoken: 't',
      serveraddress: 'docker.io',
    });
    expect(encodeCredentials('registry:5000', undefined)).toBe('');
  });

  it('know Docker Hub by all its names', () => {
    expect(['https://index.docker.io/v1/', 'docker.io', 'registry-1.docker.io', 'https://r:1/v2/'].map(registryHost)).toEqual([
      'docker.io',
      'docker.io',
      'docker.io',
      'r:1',
    ]);
    expect(serverAddress('docker.io')).toBe('https://index.docker.io/v1/');
    expect(serverAddress('https://r:1/v2/')).toBe('r:1');
  });
});
