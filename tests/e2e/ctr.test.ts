import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LeasesDefinition } from '@arcbox/proto/containerd/services/leases/v1/leases';
import { describeIf, startRegistry, temporaryRoot } from '@arcbox/testing';
import { hello, runCommand } from './engine.ts';
import { oneEngine } from './one-engine.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'docker-registry', 'skopeo', 'ctr'];
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** The words of a table, a line each; a word holds no space. */
const table = (text: string): string[][] => text.trim().split('\n').map((line) => line.trim().split(/\s+/));

describeIf(needs, "Debian's ctr on our socket", () => {
  const engine = oneEngine();
  const directory = temporaryRoot();
  afterAll(() => directory[Symbol.asyncDispose]());
  const askCtr = (...args: string[]) => runCommand('ctr', ['--connect-timeout', '20s', '-a', engine().socket, ...args]);
  /** What a command that succeeds prints. */
  const ctr = async (...args: string[]): Promise<string> => {
    const result = await askCtr(...args);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return result.stdout;
  };
  const refusal = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await askCtr(...args);
    expect(code).not.toBe(0);
    return stderr.trim();
  };
  const manifest = () => engine().ok('inspect', '-f', '{{index .RepoDigests 0}}', hello).then((text) => text.split('@')[1] ?? '');

  it('lists images, all or some, as names or as a table', async () => {
    await engine().ok('tag', hello, 'second:1');
    expect(await ctr('images', 'ls', '-q')).toBe(`docker.io/library/second:1\n${hello}\n`);
    expect(await ctr('images', 'ls', '-q', 'name~=second')).toBe('docker.io/library/second:1\n');
    expect(await ctr('images', 'ls', '-q', 'name==none', `name==${hello},target.mediatype~=oci`)).toBe(`${hello}\n`);
    expect(await refusal('images', 'ls', '-q', 'name=x')).toContain('bad filter "name=x": unknown operator =');
    const [head, row] = table(await ctr('images', 'ls', `name==${hello}`));
    expect(head).toEqual(['REF', 'TYPE', 'DIGEST', 'SIZE', 'PLATFORMS', 'LABELS']);
    expect(row).toEqual([hello, manifestType, await manifest(), expect.stringMatching(/^\d+\.\d$/), 'MiB', expect.stringMatching(/^linux\/\w+$/), '-']);
    await ctr('images', 'rm', 'docker.io/library/second:1');
  });

  it('tags images; the name is known to everybody', async () => {
    const name = 'docker.io/library/tagged:1';
    expect(await ctr('images', 'tag', hello, name)).toBe(`${name}\n`);
    expect(await engine().ok('run', '--rm', 'tagged:1', 'echo', 'hi')).toBe('hi');
    expect(await refusal('images', 'tag', hello, name)).toContain(`image ${name}: already exists`);
    expect(await ctr('images', 'tag', '--force', hello, name)).toBe(`${name}\n`);
    expect(await refusal('images', 'tag', 'docker.io/library/none:1', 'docker.io/library/x:1')).toContain('not found');
    // A lease was made for each, and let go.
    expect(await ctr('leases', 'ls', '-q')).toBe('');
    expect(await ctr('images', 'rm', '--sync', name)).toBe(`${name}\n`);
    expect((await engine().arcbox('inspect', 'tagged:1')).code).toBe(1);
    expect(await engine().ok('images', '-q', hello)).not.toBe('');
  });

  it('labels images', async () => {
    const name = 'docker.io/library/labelled:1';
    await ctr('images', 'tag', hello, name);
    expect((await ctr('images', 'label', name, 'team=red', 'io.x/tier=web')).trim().split(',').sort()).toEqual(['io.x/tier=web', 'team=red']);
    expect(await ctr('images', 'ls', '-q', 'labels.team==red,labels."io.x/tier"')).toBe(`${name}\n`);
    expect(table(await ctr('images', 'ls', 'labels.team'))[1]?.at(-1)).toBe('io.x/tier=web,team=red');
    expect(await ctr('images', 'label', name, 'team=')).toBe('io.x/tier=web\n');
    expect(await ctr('images', 'label', '--replace-all', name, 'only=this')).toBe('only=this\n');
    expect(await refusal('images', 'label', name, `long=${'x'.repeat(4093)}`)).toContain('label long is too long');
    await ctr('images', 'rm', name);
  });

  it('removes images with their content, except what is leased', async () => {
    const context = join(directory.path, 'gone');
    mkdirSync(context);
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY file /\n');
    writeFileSync(join(context, 'file'), 'only here');
    await engine().ok('build', '-q', '-t', 'gone:1', context);
    await engine().ok('builder', 'prune', '-af');
    const name = 'docker.io/library/gone:1';
    const digest = table(await ctr('images', 'ls', `name==${name}`))[1]?.[2] ?? '';
    const { layers } = JSON.parse(await ctr('content', 'get', digest)) as { layers: { digest: string }[] };
    const layer = layers[0]?.digest ?? '';

    expect(await ctr('leases', 'create', '--id', 'mine', '-x', '1h', 'who=me')).toBe('mine\n');
    const [, row] = table(await ctr('leases', 'ls', 'labels.who==me'));
    expect([row?.[0], row?.[2]]).toEqual(['mine', expect.stringMatching(/^containerd\.io\/gc\.expire=20\S+Z,who=me$/)]);
    await engine().client(LeasesDefinition).addResource({ id: 'mine', resource: { id: digest, type: 'content' } });
    expect(await ctr('images', 'rm', '--sync', name)).toBe(`${name}\n`);
    expect(await askCtr('images', 'rm', name)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`${name}: image not found`) });
    expect((await engine().arcbox('inspect', 'gone:1')).code).toBe(1);
    expect(await ctr('content', 'ls', '-q', `digest==${layer}`)).toBe(`${layer}\n`);
    expect(await engine().ok('system', 'check')).toContain('no problems');

    expect(await ctr('leases', 'rm', '--sync', 'mine')).toBe('mine\n');
    expect(await refusal('leases', 'rm', 'mine')).toContain('lease mine: not found');
    expect(await ctr('content', 'ls', '-q', `digest==${layer}`, `digest==${digest}`)).toBe('');
    expect(await engine().ok('system', 'check')).toContain('no problems');
  });

  it('reads content, exports and pushes it', async () => {
    await using registry = await startRegistry();
    const digest = await manifest();
    const document = JSON.parse(await ctr('content', 'get', digest)) as { config: { digest: string; size: number }; layers: { digest: string }[] };
    const rows = table(await ctr('content', 'ls')).slice(1);
    const expected = [digest, document.config.digest, ...document.layers.map((layer) => layer.digest)];
    expect(rows.map(([first]) => first)).toEqual(expect.arrayContaining(expected));
    expect(await ctr('content', 'ls', '-q', `digest==${digest}`)).toBe(`${digest}\n`);
    const row = table(await ctr('content', 'ls', `digest==${document.layers[0]?.digest}`))[1];
    expect(row?.at(-1)).toMatch(/^containerd\.io\/uncompressed=sha256:[0-9a-f]{64}$/);
    expect(await refusal('content', 'get', `sha256:${'0'.repeat(64)}`)).toContain('not found');
    expect(await refusal('content', 'rm', digest)).toContain('the content store is read only for clients of containerd');
    expect(table(await ctr('content', 'active'))).toEqual([['REF', 'SIZE', 'AGE']]);

    const archive = join(directory.path, 'exported.tar');
    await ctr('images', 'export', archive, hello);
    expect(readFileSync(archive).includes(document.config.digest.slice(7))).toBe(true);
    const name = `${registry.host}/pushed:1`;
    expect((await askCtr('images', 'push', '--plain-http', name, hello)).code).toBe(0);
    const pushed = await runCommand('skopeo', ['inspect', '--tls-verify=false', '-f', '{{.Digest}}', `docker://${name}`]);
    expect(pushed).toMatchObject({ code: 0, stdout: `${digest}\n` });
  });

  it('is told what is here, and that the rest is not', async () => {
    const version = await engine().ok('version', '--format', '{{.Server.Version}}');
    expect((await askCtr('version')).stdout).toContain(`Server:\n  Version:  ${version}\n`);
    expect(table(await ctr('namespaces', 'ls'))).toEqual([['NAME', 'LABELS'], ['default']]);
    expect(await refusal('namespaces', 'create', 'x')).toContain('this engine has one namespace, default');
    expect(await ctr('-n', 'k8s.io', 'images', 'ls', '-q')).toBe('');
    expect(await refusal('-n', 'k8s.io', 'images', 'tag', hello, 'docker.io/library/x:1')).toContain('namespace k8s.io: not found');
    const plugins = table(await ctr('plugins', 'ls'));
    expect(plugins.slice(1)).toEqual(
      ['content', 'images', 'introspection', 'leases', 'namespaces', 'version'].map((id) => ['io.containerd.grpc.v1', id, '-', 'ok']),
    );
    expect(await refusal('containers', 'ls')).toContain('unknown service containerd.services.containers.v1.Containers');
  });
});
