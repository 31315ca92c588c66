import { describeIf } from '@arcbox/testing';
import { build } from './building.ts';
import { hello } from './engine.ts';
import { oneEngine } from './one-engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'tar'], 'flags of instructions', () => {
  const engine = oneEngine();
  const inStage = (...lines: string[]): { Dockerfile: string } => ({ Dockerfile: [`FROM ${hello}`, ...lines].join('\n') });
  const refusal = (details: RegExp) => ({ details: expect.stringMatching(details) as string });

  it('let one at a time into a locked cache, which begins with what another stage has', async () => {
    // Whoever finds the other's mark was let in too early.
    const alone = (me: string): string =>
      `RUN --mount=type=cache,id=alone,target=/c,sharing=locked,from=seed,source=/seed cat /c/begin; mkdir /c/busy && sleep 0.3 && rmdir /c/busy && touch /${me}`;
    const Dockerfile = `FROM ${hello} AS seed
RUN mkdir /seed && echo seeded > /seed/begin
FROM ${hello} AS a
${alone('a')}
FROM ${hello} AS b
${alone('b')}
FROM ${hello}
COPY --from=a /a /
COPY --from=b /b /`;
    expect((await build(engine(), { Dockerfile })).output).toBe('seeded\nseeded\n');
  });

  it('give secrets as variables, and to whoever is to have them', async () => {
    const mount = '--mount=type=secret,id=key';
    const files = inStage(
      `RUN ${mount},env=KEY sh -c 'echo "$KEY"; ls /run/secrets 2> /dev/null | wc -l'`,
      'USER 5:6',
      `RUN ${mount},target=/tmp/key,uid=5,gid=6,mode=0440 stat -c '%u:%g %a' /tmp/key && cat /tmp/key && echo`,
      'RUN --mount=type=secret,id=none [ ! -e /run/secrets/none ] && echo "none is no problem"',
    );
    const { output } = await build(engine(), files, { secrets: { key: Buffer.from('open') } });
    expect(output).toBe('open\n0\n5:6 440\nopen\nnone is no problem\n');
    const required = inStage('RUN --mount=type=secret,id=none,required=true true');
    await expect(build(engine(), required)).rejects.toMatchObject(refusal(/secret none/));
  });

  it('take what the head of the file says', async () => {
    const Dockerfile = `# syntax=docker/dockerfile:1.7-labs
# check=skip=all;error=true
# escape=\`
FROM --platform=$BUILDPLATFORM ${hello}
ARG TARGETPLATFORM BUILDPLATFORM
RUN echo one \`
  "$([ "$TARGETPLATFORM" = "$BUILDPLATFORM" ] && echo same) \\n"`;
    expect((await build(engine(), { Dockerfile })).output).toBe('one same \\n\n');
  });

  it('keep proxies out of the image and of what steps depend on', async () => {
    const files = inStage('RUN echo "[$http_proxy] [$NO_PROXY]" && env | grep -c -i proxy');
    const args = (port: number) => ({ args: { http_proxy: `http://user:secret@proxy:${port}`, NO_PROXY: 'localhost' } });
    const first = await build(engine(), files, { ...args(1), tags: ['proxied'] });
    expect(first).toMatchObject({ output: '[http://user:secret@proxy:1] [localhost]\n2\n', warnings: [] });
    expect(await engine().ok('history', '--no-trunc', 'proxied')).not.toContain('secret');
    expect(await engine().ok('inspect', 'proxied')).not.toContain('secret');
    const again = await build(engine(), files, args(2));
    expect(again.steps.at(-1)).toMatch(/: cached$/);
    expect(again.id).toBe(first.id);
    const declared = inStage('ARG http_proxy', 'RUN echo "$http_proxy"');
    expect((await build(engine(), declared, args(1))).output).toContain('proxy:1');
    expect((await build(engine(), declared, args(2))).output).toContain('proxy:2');
  });

  it('make the same layers of the same files when SOURCE_DATE_EPOCH is given', async () => {
    const files = { ...inStage('COPY dir /made/dir', 'RUN mkdir /new && echo x > /new/file && touch -t 200101010101 /old', 'WORKDIR /work'), 'dir/f': 'f' };
    const options = { args: { SOURCE_DATE_EPOCH: '1700000000' }, noCache: true };
    const layers = async (tag: string): Promise<string> => {
      await build(engine(), files, { ...options, tags: [tag] });
      return engine().ok('inspect', '-f', '{{.Id}} {{json .RootFS.Layers}}', tag);
    };
    expect(await layers('once')).toBe(await layers('twice'));
    const times = await engine().ok('run', '--rm', 'twice', 'stat', '-c', '%n %Y', '/made', '/new/file', '/work', '/old');
    expect(times).toBe('/made 1700000000\n/new/file 1700000000\n/work 1700000000\n/old 978310860');
  });

  it.each([
    ['ADD --keep-git-dir=true https://localhost:1/repository.git /x', 12, /git/],
    ['ADD --checksum=sha256:0 https://localhost:1/x /x', 3, /checksum/],
    ['ADD --checksum=sha256:0 Dockerfile /x', 3, /checksum/],
    ['ADD --parents Dockerfile /x', 3, /unknown flag: --parents/],
    ['COPY --keep-git-dir Dockerfile /x', 3, /unknown flag: --keep-git-dir/],
    ['COPY --from=$STAGE Dockerfile /x', 3, /variable expansion is not supported for --from/],
    ['RUN --mount=type=ssh true', 3, /ssh is not supported/],
    ['RUN --security=insecure true', 3, /security/],
    ['RUN --network=bridge true', 3, /network/],
    ['RUN --mount=type=cache,target=/x,sharing=never true', 3, /sharing/],
    ['RUN --mount=type=secret,id=x,required=perhaps true', 3, /required/],
    ['RUN --device=all true', 3, /device/],
  ])('refuse %s', async (line, code, words) => {
    await expect(build(engine(), inStage(line))).rejects.toMatchObject({ code, ...refusal(words) });
  });
});
