import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, type Registry, startRegistry, temporaryRoot } from '@arcbox/testing';
import { usually } from './long.ts';
import { oneEngine } from './one-engine.ts';
import { ok, type OtherEngine, podmanAt, startDocker } from './other-engines.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'docker-registry', 'dockerd', 'docker', 'podman', 'buildah', 'skopeo', 'umoci'];

/** Says which files it has, and as whom it runs where. */
const dockerfile = `FROM scratch
COPY busybox /bin/busybox
ENV PATH=/bin GREETING="hello  there"
RUN ["busybox", "--install", "-s", "/bin"]
COPY --chown=7:8 files /srv
RUN mkdir -p /var/data && echo kept > /var/data/kept && ln /var/data/kept /var/data/also && chmod 4711 /var/data/also && echo gone > /var/data/gone
RUN rm /var/data/gone && ln -s kept /var/data/link && chown 5:6 /var/data && mkfifo /var/pipe
WORKDIR /srv
USER 7:8
LABEL made.for="exchange"
ENTRYPOINT ["sh", "-c"]
CMD ["echo $GREETING; id -u; id -g; pwd; find /srv /var -exec stat -c '%n %F %a %u:%g' {} + | sort; stat -c %h /var/data/kept"]
`;

const said = `hello there
7
8
/srv
/srv directory 755 7:8
/srv/setgid regular file 2755 7:8
/srv/text regular file 640 7:8
/var directory 755 0:0
/var/data directory 755 5:6
/var/data/also regular file 4711 0:0
/var/data/kept regular file 4711 0:0
/var/data/link symbolic link 777 0:0
/var/pipe fifo 644 0:0
2`;

describeIf(needs, 'images and other engines', () => {
  const engine = oneEngine();
  const stack = new AsyncDisposableStack();
  const root = stack.use(temporaryRoot());
  const context = join(root.path, 'context');
  const others = new Map<string, OtherEngine>();
  let registry: Registry;
  const other = (name: string): OtherEngine => others.get(name) ?? never(name);
  const digestAt = async (name: string): Promise<string> => (await inspect(`docker://${name}`)).Digest;

  beforeAll(async () => {
    mkdirSync(join(context, 'files'), { recursive: true });
    cpSync('/bin/busybox', join(context, 'busybox'));
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    writeFileSync(join(context, 'files/text'), 'text\n', { mode: 0o640 });
    writeFileSync(join(context, 'files/setgid'), 's');
    await ok('chmod', '2755', join(context, 'files/setgid'));
    registry = stack.use(await startRegistry());
    others.set('docker', stack.use(await startDocker(join(root.path, 'docker'))));
    others.set('podman', podmanAt(join(root.path, 'podman'), 'oci'));
    others.set('podman with Docker manifests', podmanAt(join(root.path, 'podman-v2s2'), 'v2s2'));
    await engine().ok('build', '-t', `${registry.host}/ours:1`, context);
    await engine().ok('push', `${registry.host}/ours:1`);
  });
  afterAll(() => stack.disposeAsync());

  it('runs what it built', async () => {
    expect(await engine().ok('run', '--rm', '--network', 'none', `${registry.host}/ours:1`)).toBe(said);
  });

  it.each(['docker', 'podman'])('ours run in %s', async (name) => {
    expect(await other(name).run(`${registry.host}/ours:1`)).toBe(said);
  });

  it.each(usually(['docker', 'podman'], ['docker', 'podman', 'podman with Docker manifests']))('those of %s run here, and are the same once pushed again', async (name) => {
    const [theirs, again] = [`${registry.host}/theirs:${slug(name)}`, `${registry.host}/again:${slug(name)}`];
    await other(name).publish(context, theirs);
    await engine().ok('pull', theirs);
    // With them, --chown takes set-id bits away.
    expect(await engine().ok('run', '--rm', '--network', 'none', theirs)).toBe(said.replace('2755', '755'));
    await engine().ok('tag', theirs, again);
    await engine().ok('push', again);
    expect(await digestAt(again)).toBe(await digestAt(theirs));
    expect(await ok('skopeo', 'inspect', '--tls-verify=false', '--raw', `docker://${again}`)).toBe(
      await ok('skopeo', 'inspect', '--tls-verify=false', '--raw', `docker://${theirs}`),
    );
  });

  it.each(['docker', 'podman'])('ours come back from %s as the image they were', async (name) => {
    const [ours, passed] = [`${registry.host}/ours:1`, `${registry.host}/passed:${slug(name)}`];
    await other(name).pass(ours, passed);
    await engine().ok('pull', passed);
    const id = (reference: string): Promise<string> => engine().ok('inspect', '-f', '{{.Id}} {{json .RootFS}}', reference);
    expect(await id(passed)).toBe(await id(ours));
    expect(await engine().ok('run', '--rm', '--network', 'none', passed)).toBe(said);
  });

  it('skopeo sees and copies what was pushed, byte for byte', async () => {
    const [ours, copied] = [`${registry.host}/ours:1`, `${registry.host}/copied:1`];
    const layout = join(root.path, 'layout');
    await ok('skopeo', 'copy', '-q', '--src-tls-verify=false', `docker://${ours}`, `oci:${layout}:it`);
    await ok('skopeo', 'copy', '-q', '--dest-tls-verify=false', `oci:${layout}:it`, `docker://${copied}`);
    expect(await digestAt(copied)).toBe(await digestAt(ours));
    const seen = await inspect(`docker://${ours}`);
    expect(seen.Labels).toEqual({ 'made.for': 'exchange' });
    await engine().ok('pull', copied);
    expect(await engine().ok('inspect', '-f', '{{json .RepoDigests}}', copied)).toContain(seen.Digest);
  });

  it('skopeo and umoci read it where it is', async () => {
    const name = `${registry.host}/ours:1`;
    const [layout, bundle] = [join(engine().root, 'images', 'oci'), join(root.path, 'bundle')];
    expect((await inspect(`oci:${layout}:${name}`)).Digest).toBe(await digestAt(name));
    await ok('umoci', 'unpack', '--image', `${layout}:${name}`, bundle);
    expect(lstatSync(join(bundle, 'rootfs/var/data/also'))).toMatchObject({ mode: 0o104711, nlink: 2 });
    expect(readFileSync(join(bundle, 'rootfs/var/data/kept'), 'utf8')).toBe('kept\n');
    expect(existsSync(join(bundle, 'rootfs/var/data/gone'))).toBe(false);
    const { process } = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as { process: object };
    expect(process).toMatchObject({ cwd: '/srv', user: { uid: 7, gid: 8 }, env: expect.arrayContaining(['GREETING=hello  there']) as string[] });
  });
});

interface Inspected {
  readonly Digest: string;
  readonly Labels: Record<string, string>;
}

async function inspect(image: string): Promise<Inspected> {
  return JSON.parse(await ok('skopeo', 'inspect', ...(image.startsWith('docker:') ? ['--tls-verify=false'] : []), image)) as Inspected;
}

const slug = (name: string): string => name.replaceAll(' ', '-').toLowerCase();

function never(name: string): never {
  throw new Error(`there is no engine ${name}`);
}
