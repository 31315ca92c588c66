import { parseCredentials } from './credentials.ts';

const encode = (fields: object): string => Buffer.from(JSON.stringify(fields)).toString('base64url');

describe('credentials', () => {
  it('come from the auth field', () => {
    expect(parseCredentials('', 'docker.io')).toBeUndefined();
    expect(parseCredentials(encode({}), 'docker.io')).toBeUndefined();
    expect(parseCredentials(encode({ username: 'a', password: 'b' }), 'x:1')).toEqual({
      username: 'a',
      password: 'b',
      identityToken: '',
    });
    expect(parseCredentials(encode({ identitytoken: 't' }), 'x:1')).toMatchObject({ identityToken: 't' });
  });

  it('go only to the server they are for', () => {
    const auth = encode({ username: 'a', password: 'b', serveraddress: 'https://index.docker.io/v1/' });
    expect(parseCredentials(auth, 'docker.io')).toBeDefined();
    expect(() => parseCredentials(auth, 'evil.example')).toThrow(
      'the credentials are for docker.io, but the image is on evil.example',
    );
  });

  it.each(['%%%', 'bm90IGpzb24=', encode([1]), encode({ username: 1 })])('refuse %s without quoting it', (auth) => {
    expect(() => parseCredentials(auth, 'x')).toThrow(/^auth is not/);
  });
});
