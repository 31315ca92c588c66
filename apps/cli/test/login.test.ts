import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryRoot } from '@arcbox/testing';
import { buildCli } from './cli.ts';
import { failure, type FakeGateway, startFakeGateway, Status } from './fake-gateway.ts';

/** Keeps one entry a file, which is named for the address with its odd characters replaced. */
const helperScript = `#!/bin/sh
cd "$(dirname "$0")" || exit 2
read -r line
key() { printf 'kept.%s' "$(printf %s "$1" | tr -c 'a-z0-9.' _)"; }
case $1 in
  get) cat "$(key "$line")" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; };;
  store) printf %s "$line" > "$(key "$(printf %s "$line" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/')")";;
  erase) rm "$(key "$line")";;
esac
`;

const cli = buildCli();
const root = temporaryRoot();
const config = join(root.path, 'docker/config.json');
let gateway: FakeGateway;
let shown: unknown[] = [];

beforeAll(async () => {
  gateway = await startFakeGateway({
    imageStore: {
      async login({ auth }) {
        const credentials = JSON.parse(Buffer.from(auth, 'base64').toString()) as { password?: string };
        shown.push(credentials);
        if (credentials.password === 'wrong') throw failure(Status.UNAUTHENTICATED, 'registry r:1 refused the credentials');
        return { status: 'Login Succeeded', identityToken: credentials.password === 'for-token' ? 'token' : '' };
      },
    },
    images: {
      async *pull({ auth }) {
        shown.push(auth ? JSON.parse(Buffer.from(auth, 'base64').toString()) : 'nothing');
        yield { status: 'Status: up to date' };
      },
    },
  });
  mkdirSync(join(root.path, 'docker'));
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
  await root[Symbol.asyncDispose]();
});

beforeEach(() => {
  shown = [];
  writeFileSync(config, '{}');
});

const run = (args: string[], input?: string) =>
  cli.run(['-H', `unix://${gateway.socket}`, ...args], {
    input,
    env: { DOCKER_CONFIG: join(root.path, 'docker'), PATH: `${root.path}:${process.env['PATH']}` },
  });
const readConfig = (): unknown => JSON.parse(readFileSync(config, 'utf8'));
const login = (password: string, registry = 'r:1') => run(['login', '-u', 'ci', '--password-stdin', registry], `${password}\n`);

function installHelper(name: string, script = helperScript): void {
  writeFileSync(join(root.path, `docker-credential-${name}`), script);
  chmodSync(join(root.path, `docker-credential-${name}`), 0o755);
}

describe('login', () => {
  it('asks the registry, then keeps what it accepted', async () => {
    expect(await login('wrong')).toMatchObject({ stdout: '', stderr: 'arcbox: registry r:1 refused the credentials\n', code: 1 });
    expect(readConfig()).toEqual({});
    const { stdout, stderr, code } = await login('s3:cret');
    expect({ stdout, code }).toEqual({ stdout: 'Login Succeeded\n', code: 0 });
    expect(stderr).toBe(`WARNING: the secret stands in ${config} as it is; a credential helper would keep it better\n`);
    expect(readConfig()).toEqual({ auths: { 'r:1': { auth: Buffer.from('ci:s3:cret').toString('base64') } } });
    await run(['pull', '-q', 'r:1/app']);
    expect(shown.at(-1)).toEqual({ username: 'ci', password: 's3:cret', serveraddress: 'r:1' });
    expect((await run(['login', 'r:1'])).stdout).toBe('Login Succeeded\n');
    expect((await run(['logout', 'r:1'])).stdout).toBe('Removing login credentials for r:1\n');
    expect(readConfig()).toEqual({ auths: {} });
  });

  it('keeps the token that the registry gave instead of the password', async () => {
    await login('for-token', 'docker.io');
    expect(readConfig()).toMatchObject({ auths: { 'https://index.docker.io/v1/': { identitytoken: 'token' } } });
    expect(readFileSync(config, 'utf8')).not.toContain(Buffer.from('ci:for-token').toString('base64'));
    await run(['pull', '-q', 'busybox']);
    expect(shown.at(-1)).toEqual({ username: 'ci', identitytoken: 'token', serveraddress: 'docker.io' });
  });

  it('leaves the secret with a helper, where docker’s configuration names one', async () => {
    installHelper('one');
    installHelper('all');
    writeFileSync(config, JSON.stringify({ credsStore: 'all', credHelpers: { 'special:1': 'one' } }));
    expect(await login('secret', 'special:1')).toMatchObject({ stdout: 'Login Succeeded\n', stderr: '', code: 0 });
    await login('for-token', 'docker.io');
    expect(readConfig()).toMatchObject({ auths: { 'special:1': {}, 'https://index.docker.io/v1/': {} } });
    expect(JSON.parse(readFileSync(join(root.path, 'kept.special_1'), 'utf8'))).toEqual({ ServerURL: 'special:1', Username: 'ci', Secret: 'secret' });
    await run(['pull', '-q', 'special:1/app']);
    await run(['pull', '-q', 'busybox']);
    await run(['pull', '-q', 'elsewhere:1/app']);
    expect(shown.slice(-3)).toEqual([
      { username: 'ci', password: 'secret', serveraddress: 'special:1' },
      { username: '', identitytoken: 'token', serveraddress: 'docker.io' },
      'nothing',
    ]);
    expect((await run(['logout', 'special:1'])).stdout).toBe('Removing login credentials for special:1\n');
    expect(existsSync(join(root.path, 'kept.special_1'))).toBe(false);
    expect((await run(['logout', 'special:1'])).stdout).toBe('Not logged in to special:1\n');
  });

  it('says which helper failed; a pull goes on without', async () => {
    installHelper('broken', '#!/bin/sh\necho keychain is locked; exit 1\n');
    writeFileSync(config, JSON.stringify({ credHelpers: { 'a:1': 'broken', 'b:1': 'missing', 'c:1': '../evil' } }));
    expect(await login('x', 'a:1')).toMatchObject({ stderr: 'arcbox: credential helper docker-credential-broken store: keychain is locked\n', code: 1 });
    expect((await login('x', 'b:1')).stderr).toBe('arcbox: credential helper docker-credential-missing: there is no such program\n');
    expect((await login('x', 'c:1')).stderr).toBe('arcbox: ../evil cannot be the name of a credential helper\n');
    const pull = await run(['pull', '-q', 'a:1/app']);
    expect(pull).toMatchObject({
      stdout: 'a:1/app:latest\n',
      stderr: 'WARNING: no credentials for a:1: credential helper docker-credential-broken get: keychain is locked\n',
      code: 0,
    });
  });

  it('wants a user name with a password', async () => {
    expect((await run(['login', '--password-stdin', 'r:1'], 'x')).stderr).toBe('arcbox: --password-stdin needs --username\n');
    expect((await run(['login', '-u', 'x', '-p', 'y', '--password-stdin', 'r:1'], 'x')).stderr).toBe('arcbox: --password and --password-stdin exclude each other\n');
    expect((await run(['login', '-u', 'x', '-p', 'y', 'r:1'])).stderr).toMatch(/^WARNING: others may see --password/);
    expect((await run(['login', 'r:2'])).stderr).toMatch(/^arcbox: nobody to ask/);
  });
});
