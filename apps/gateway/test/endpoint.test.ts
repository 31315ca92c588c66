import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemUser } from '@arcbox/config';
import { HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { bundle, freePort, itIf, startInProcess, startNats, startProcess, temporaryRoot } from '@arcbox/testing';
import { ChannelCredentials } from '@grpc/grpc-js';
import { createChannel, createClient } from 'nice-grpc';
import type { Certificates } from '../src/certificates.ts';
import { readCertificates } from '../src/certificates.ts';
import { startWorker } from '../src/worker.ts';

type Listen = { host: string; port: number; cert?: string; key?: string; clientCa?: string };

/** Starts a gateway that listens as said; the configuration of a test leaves that out. */
async function startGateway(listen: Listen): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const root = stack.use(temporaryRoot());
  const nats = stack.use(await startNats());
  const start: typeof startWorker = (host) => startWorker({ ...host, config: { ...host.config, listen } });
  stack.use(await startInProcess('gateway', start, { root, natsUrl: nats.url }));
  return stack.move();
}

/** A self-signed certificate for 127.0.0.1, which is its own authority. */
function makeCertificate(directory: string, name: string): { cert: string; key: string } {
  const [cert, key] = [join(directory, `${name}.pem`), join(directory, `${name}-key.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'pipe' });
  return { cert, key };
}

async function check(port: number, credentials?: ChannelCredentials): Promise<unknown> {
  const channel = createChannel(`127.0.0.1:${port}`, credentials, { 'grpc.use_local_subchannel_pool': 1 });
  try {
    return await createClient(HealthDefinition, channel).check({ service: '' });
  } finally {
    channel.close();
  }
}

describe('TCP endpoint', () => {
  const files = temporaryRoot();
  afterAll(() => files[Symbol.asyncDispose]());

  it('without TLS only on loopback', async () => {
    const port = await freePort();
    {
      await using _gateway = await startGateway({ host: '127.0.0.1', port });
      expect(await check(port)).toEqual({ status: 1 });
    }
    await expect(startGateway({ host: '0.0.0.0', port })).rejects.toThrow(
      `other machines could reach 0.0.0.0:${port}: give it a certificate and key (ARCBOX_TLS_CERT, ARCBOX_TLS_KEY), or listen on 127.0.0.1`,
    );
  });

  it('with TLS, and with certificates of clients', async () => {
    const port = await freePort();
    const server = makeCertificate(files.path, 'server');
    const client = makeCertificate(files.path, 'client');
    const trusted = readFileSync(server.cert);
    const own = [readFileSync(client.key), readFileSync(client.cert)] as const;
    {
      await using _gateway = await startGateway({ host: '0.0.0.0', port, ...server });
      expect(await check(port, ChannelCredentials.createSsl(trusted))).toEqual({ status: 1 });
      await expect(check(port, ChannelCredentials.createSsl())).rejects.toThrow('UNAVAILABLE');
      await expect(check(port)).rejects.toThrow('UNAVAILABLE');
    }
    {
      await using _gateway = await startGateway({ host: '0.0.0.0', port, ...server, clientCa: client.cert });
      expect(await check(port, ChannelCredentials.createSsl(trusted, ...own))).toEqual({ status: 1 });
      await expect(check(port, ChannelCredentials.createSsl(trusted))).rejects.toThrow('UNAVAILABLE');
      const stranger = makeCertificate(files.path, 'stranger');
      const foreign = [readFileSync(stranger.key), readFileSync(stranger.cert)] as const;
      await expect(check(port, ChannelCredentials.createSsl(trusted, ...foreign))).rejects.toThrow('UNAVAILABLE');
    }
  });

  itIf(['root'], 'as a process: its user never needs to read the key', async () => {
    await using root = temporaryRoot();
    await using nats = await startNats();
    chmodSync(root.path, 0o755);
    chmodSync(files.path, 0o755);
    const program = bundle(join(import.meta.dirname, '../src/main.ts'), files.path);
    const { cert, key } = makeCertificate(files.path, 'process');
    chmodSync(key, 0o600);
    const port = await freePort();
    const env = { ARCBOX_ROOT: root.path, ARCBOX_NATS_URL: nats.url, ARCBOX_USER: 'nobody', ARCBOX_LISTEN: `0.0.0.0:${port}` };
    const tls = { ARCBOX_TLS_CERT: cert, ARCBOX_TLS_KEY: key };
    await using gateway = await startProcess(process.execPath, [program], { port, env: { ...env, ...tls } });
    expect(await check(port, ChannelCredentials.createSsl(readFileSync(cert)))).toEqual({ status: 1 });
    expect(gateway.output()).toContain(`"uid":${systemUser('nobody')?.uid},"msg":"started"`);
    await gateway.kill();
    const refused = startProcess(process.execPath, [program], { port, env });
    await expect(refused).rejects.toThrow(`(1): {"level":60`);
    await expect(refused).rejects.toThrow('other machines could reach 0.0.0.0');
  });

  it('says what is missing', () => {
    const read = (listen: Partial<Listen>): Certificates | undefined =>
      readCertificates({ listen: { host: '127.0.0.1', port: 1, ...listen } } as Parameters<typeof readCertificates>[0]);
    expect(read({})).toBeUndefined();
    expect(() => read({ cert: '/x' })).toThrow('TLS needs both a certificate and its key');
    expect(() => read({ clientCa: '/x' })).toThrow('TLS needs both a certificate and its key');
    expect(() => read({ cert: '/nowhere/cert.pem', key: '/nowhere/key.pem' })).toThrow('/nowhere/cert.pem');
    const broken = join(files.path, 'broken.pem');
    writeFileSync(broken, 'no certificate');
    expect(read({ cert: broken, key: broken })?.cert.toString()).toBe('no certificate');
  });
});
