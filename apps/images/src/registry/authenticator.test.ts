import { Readable } from 'node:stream';
import { Authenticator } from './authenticator.ts';
import type { HttpAnswer, HttpRequest } from './transport.ts';

/** Notes what would be sent to token servers, and answers with a token. */
class Recorder {
  readonly sent: { url: string; authorization?: string }[] = [];

  async send(url: URL, { headers }: HttpRequest): Promise<HttpAnswer> {
    this.sent.push({ url: url.host, authorization: headers?.['authorization'] });
    return answerWith(200, {}, '{"token":"t"}');
  }
}

function answerWith(statusCode: number, headers: Record<string, string>, body = ''): HttpAnswer {
  return { statusCode, headers, body: Readable.from([Buffer.from(body)]) } as unknown as HttpAnswer;
}

const credentials = { username: 'me', password: 'secret', identityToken: '' };

async function challenge(host: string, realm: string, withLogin = true): Promise<Recorder> {
  const transport = new Recorder();
  const authenticator = new Authenticator({ transport, host, credentials: withLogin ? credentials : undefined });
  const asking = answerWith(401, { 'www-authenticate': `Bearer realm="${realm}",service="s"` });
  await authenticator.answer(asking, 'repository:x:pull', new AbortController().signal);
  return transport;
}

describe('credentials', () => {
  it('go to the token server that the registry names', async () => {
    for (const [host, realm] of [['registry.example', 'https://auth.example/token'], ['localhost:5000', 'http://127.0.0.1:5001/token']] as const) {
      const { sent } = await challenge(host, realm);
      expect(sent).toEqual([{ url: new URL(realm).host, authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` }]);
    }
  });

  it.each(['http://auth.example/token', 'http://127.0.0.1:5001/token', 'http://localhost/token', 'http://[::1]:80/token'])(
    'do not go from a registry elsewhere to %s',
    async (realm) => {
      await expect(challenge('registry.example', realm)).rejects.toThrow('does not use HTTPS: it gets no credentials');
      const { sent } = await challenge('registry.example', realm, false);
      expect(sent).toEqual([{ url: new URL(realm).host, authorization: undefined }]);
    },
  );

  it.each(['file:///etc/passwd', 'ftp://x/', 'nothing', ''])('have nowhere to go with the realm "%s"', async (realm) => {
    await expect(challenge('registry.example', realm)).rejects.toThrow('names no token server');
  });
});
