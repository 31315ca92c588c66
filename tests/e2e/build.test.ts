import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { describeIf } from '@arcbox/testing';
import { build, contextOf, leftovers, topLayer } from './building.ts';
import { hello } from './engine.ts';
import { oneEngine } from './one-engine.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'tar'];

describeIf(needs, 'builds', () => {
  const engine = oneEngine();

  it('execute stages, arguments, heredocs and the settings of the image', async () => {
    const Dockerfile = `
      ARG BASE=${hello}
      FROM $BASE AS tool
      ARG WORD=default
      RUN echo "made $WORD" > /made
      FROM $BASE AS unused
      RUN exit 1
      FROM $BASE
      WORKDIR /srv/app
      ENV GREETING=hi
      COPY --from=tool --chown=7:8 --chmod=644 /made .
      COPY src/ src/
      COPY <<EOF /greeting
$GREETING there
EOF
      RUN <<EOF
echo $GREETING > said
cat said
EOF
      USER 5:6
      CMD ["sh", "-c", "cat made src/a.txt /greeting said; id -u; stat -c '%u:%g %a' made; pwd"]`;
    const files = { Dockerfile, 'src/a.txt': 'a file\n', 'src/b.log': 'no\n', '.dockerignore': '**/*.log\n' };
    const built = await build(engine(), files, { tags: ['app:1', 'app:2'], args: { WORD: 'given' }, labels: { from: 'test' } });
    expect(built.names).toEqual(['app:1', 'app:2']);
    expect(built.output).toBe('hi\n');
    expect(built.steps.filter((step) => step.startsWith('RUN exit'))).toEqual([]);
    expect(await engine().ok('run', '--rm', 'app:2')).toBe('made given\na file\nhi there\nhi\n5\n7:8 644\n/srv/app');
    expect(await engine().ok('run', '--rm', '--user', '0', 'app:1', 'ls', 'src')).toBe('a.txt');
    expect(await engine().ok('image', 'inspect', '--format', '{{.Config.User}} {{.Config.Labels.from}}', 'app:1')).toBe('5:6 test');
  });

  it('use what an earlier build made, as long as nothing it depends on is different', async () => {
    const Dockerfile = `FROM ${hello}\nARG A=1\nCOPY f /f\nENV E=1\nRUN cat /f; echo $A $E`;
    const first = await build(engine(), { Dockerfile, f: 'x' });
    expect(first.steps.slice(-1)).toEqual(['RUN cat /f; echo $A $E: done']);
    const again = await build(engine(), { Dockerfile, f: 'x' });
    expect(again.steps).toContain('COPY f /f: cached');
    expect(again.steps).toContain('RUN cat /f; echo $A $E: cached');
    expect(again.id).toBe(first.id);
    const states = async (change: Parameters<typeof build>[1], options = {}): Promise<string[]> =>
      (await build(engine(), { Dockerfile, f: 'x', ...change }, options)).steps.filter((step) => /^(COPY|RUN)/.test(step));
    expect(await states({ f: 'y' })).toEqual(['COPY f /f: done', 'RUN cat /f; echo $A $E: done']);
    expect(await states({}, { args: { A: '2' } })).toEqual(['COPY f /f: cached', 'RUN cat /f; echo $A $E: done']);
    expect(await states({ Dockerfile: Dockerfile.replace('E=1', 'E=2') })).toEqual(['COPY f /f: cached', 'RUN cat /f; echo $A $E: done']);
    expect(await states({ Dockerfile: Dockerfile.replace('COPY', 'LABEL a=b\nCOPY') })).toEqual(['COPY f /f: cached', 'RUN cat /f; echo $A $E: cached']);
    expect(await states({}, { noCache: true })).toEqual(['COPY f /f: done', 'RUN cat /f; echo $A $E: done']);
  });

  it('run stages that do not need each other at the same time', async () => {
    // Each waits for the other.
    const meet = (me: string, other: string): string =>
      `RUN --mount=type=cache,id=meet,target=/meet touch /meet/${me}; until [ -e /meet/${other} ]; do sleep 0.05; done; echo ${me} > /${me}`;
    const Dockerfile = `FROM ${hello} AS a\n${meet('a', 'b')}\nFROM ${hello} AS b\n${meet('b', 'a')}\nFROM ${hello}\nCOPY --from=a /a /\nCOPY --from=b /b /`;
    await build(engine(), { Dockerfile }, { tags: ['met'] });
    expect(await engine().ok('run', '--rm', 'met', 'cat', '/a', '/b')).toBe('a\nb');
  });

  it('do the same work once, whoever wants it', async () => {
    const Dockerfile = `FROM ${hello}\nRUN --mount=type=cache,id=count,target=/c echo once >> /c/times; sleep 1; wc -l < /c/times`;
    const both = await Promise.all([build(engine(), { Dockerfile }), build(engine(), { Dockerfile })]);
    expect(both.map(({ steps }) => steps.at(-1)?.split(': ').at(-1)).sort()).toEqual(['cached', 'done']);
    expect(both[0].id).toBe(both[1].id);
    expect(both.map(({ output }) => output.trim()).filter(Boolean)).toEqual(['1']);
  });

  it('keep cache mounts between builds and out of images', async () => {
    const Dockerfile = `FROM ${hello}\nRUN --mount=type=cache,target=/var/c,uid=5,mode=0750 echo x >> /var/c/list; wc -l < /var/c/list; stat -c '%u %a' /var/c`;
    expect((await build(engine(), { Dockerfile })).output).toBe('1\n5 750\n');
    expect((await build(engine(), { Dockerfile }, { noCache: true, tags: ['cached'] })).output).toBe('2\n5 750\n');
    // The empty place of the mount is no part of the image, nor are the files that the engine mounts.
    await expect(topLayer(engine(), 'cached')).resolves.not.toContain('./var');
  });

  it('leave nothing in a layer but what the command wrote', async () => {
    await build(engine(), { Dockerfile: `FROM ${hello}\nRUN echo 1 > /only` }, { tags: ['only'] });
    expect(await topLayer(engine(), 'only')).toEqual(['./only']);
  });

  it('show secrets to the command alone', async () => {
    const Dockerfile = `FROM ${hello}
RUN --mount=type=secret,id=key,required --mount=type=secret,id=key,env=KEY [ "$(cat /run/secrets/key)" = "$KEY" ] && echo "length \${#KEY}" && stat -c %a /run/secrets/key
RUN [ ! -e /run/secrets/key ] && [ -z "$KEY" ] && echo gone`;
    const secret = 'open-sesame-3141592653';
    const options = { secrets: { key: Buffer.from(secret) }, tags: ['secretive'] };
    const { output } = await build(engine(), { Dockerfile }, options);
    expect(output).toBe(`length ${secret.length}\n400\ngone\n`);
    const found = execFileSync('sh', ['-c', `grep -rl ${secret} . --exclude-dir=log || true`], { cwd: engine().root, encoding: 'utf8' });
    expect(found).toBe('');
    // Another value is no reason to do it again.
    const again = await build(engine(), { Dockerfile }, { secrets: { key: Buffer.from('other') } });
    expect(again.steps.filter((step) => step.startsWith('RUN')).every((step) => step.endsWith(': cached'))).toBe(true);
    await expect(build(engine(), { Dockerfile }, { noCache: true })).rejects.toMatchObject({ details: expect.stringContaining('secret key') as string });
  });

  it('give commands the network, the mounts and the hosts they ask for', async () => {
    const Dockerfile = `FROM ${hello} AS other
RUN mkdir /data && echo from-stage > /data/f
FROM ${hello}
RUN --network=none ls /sys/class/net
RUN --mount=type=bind,target=/ctx --mount=type=bind,from=other,source=/data,target=/data,rw --mount=type=tmpfs,target=/t,size=1m \
  cat /ctx/file /data/f && echo changed > /data/f && touch /t/x && grep extra.host /etc/hosts && ls /ctx`;
    const { output } = await build(engine(), { Dockerfile, file: 'from-context\n', hidden: '', '.dockerignore': 'hidden' }, { extraHosts: { 'extra.host': '192.0.2.7' }, tags: ['mounts'] });
    expect(output).toBe('lo\nfrom-context\nfrom-stage\n192.0.2.7\textra.host\nDockerfile\nfile\n');
    expect((await build(engine(), { Dockerfile: `FROM ${hello}\nRUN ls /sys/class/net | wc -l` }, { network: 'none' })).output).toBe('1\n');
    expect((await build(engine(), { Dockerfile: `FROM mounts\nRUN ls / | grep -E "^(ctx|data|t)$" | wc -l` })).output).toBe('0\n');
  });

  it('take what ONBUILD left in the base', async () => {
    const base = `FROM ${hello}\nONBUILD COPY part /part\nONBUILD RUN cat /part`;
    await build(engine(), { Dockerfile: base, part: '' }, { tags: ['triggers'] });
    const { output, steps } = await build(engine(), { Dockerfile: 'FROM triggers\nRUN echo own', part: 'of the child\n' });
    expect(output).toBe('of the child\nown\n');
    expect(steps).toEqual(['FROM triggers: done', 'COPY part /part: done', 'RUN cat /part: done', 'RUN echo own: done']);
  });

  it('show their steps as parents of the image to those who ask for all', async () => {
    const images = engine().client(ImageServiceDefinition);
    const { id } = await build(engine(), { Dockerfile: `FROM ${hello}\nRUN echo p1 > /1\nRUN echo p2 > /2\nCMD true` }, { tags: ['child'] });
    const { parent } = await images.inspect({ id });
    const shown = async (all: boolean): Promise<string[]> => (await images.list({ all })).images.map((image) => image.id);
    expect(await shown(true)).toContain(parent);
    expect(await shown(false)).not.toContain(parent);
    const { deleted } = await images.remove({ id: 'child', pruneParents: true });
    expect(deleted).toEqual(expect.arrayContaining([id, parent]));
    expect(await shown(true)).not.toContain(parent);
  });

  it('do not begin without the whole context', async () => {
    const builds = engine().client(BuildServiceDefinition);
    const context = contextOf({ Dockerfile: `FROM ${hello}\nRUN echo never > /x` });
    const cut = async function* (): AsyncGenerator<object> {
      yield { options: { tags: ['cut'] }, data: context };
    };
    await expect(Array.fromAsync(builds.build(cut()))).rejects.toMatchObject({ details: expect.stringContaining('not sent to its end') as string });
    await expect(engine().client(ImageServiceDefinition).exists({ reference: 'cut' })).resolves.toMatchObject({ exists: false });
    expect(leftovers(engine())).toEqual([]);
  });

  it('forget what they keep when asked to', async () => {
    const builds = engine().client(BuildServiceDefinition);
    const Dockerfile = `FROM ${hello}\nRUN --mount=type=cache,id=pruned,target=/c dd if=/dev/zero of=/big bs=1M count=3; touch /c/x`;
    await build(engine(), { Dockerfile });
    const kept = await builds.pruneCache({});
    expect(kept.deleted).toEqual([]);
    const plan = await builds.pruneCache({ all: true, dryRun: true });
    const done = await builds.pruneCache({ all: true });
    expect(done.deleted.toSorted()).toEqual(plan.deleted.toSorted());
    expect(done.spaceReclaimed).toBe(plan.spaceReclaimed);
    expect((await build(engine(), { Dockerfile })).steps.at(-1)).toMatch(/: done$/);
    expect(execFileSync('ls', [join(engine().root, 'images', 'buildcache')], { encoding: 'utf8' }).trim().split('\n')).toHaveLength(1);
  });
});
