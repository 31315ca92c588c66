import { parsePlatform } from '../../image/platform.ts';
import type { Action, CopyAction, RunAction } from './action.ts';
import type { BuildState } from './build-state.ts';
import { interpret, type Interpreted } from './interpret.ts';
import { parseDockerfile } from './parse.ts';
import { type PlannedStage, planStages } from './stages.ts';
import { defaultPath, documentOf, stateFrom, stateFromStage } from './start-stage.ts';

interface Setting {
  readonly args?: Record<string, string>;
  readonly base?: unknown;
}

const platform = parsePlatform('linux/amd64');

/** Interprets a Dockerfile, stage after stage; images are all the one of `setting`. */
function build(text: string, { args = {}, base }: Setting = {}): { state: BuildState; results: Interpreted[] } {
  const options = { args: new Map(Object.entries(args)), target: '', platform };
  const plan = planStages(parseDockerfile(text), options);
  const results: Interpreted[] = [];
  const states = new Map<number, BuildState>();
  for (const stage of plan.stages) states.set(stage.index, buildStage(stage, states, base, results));
  const state = states.get(plan.target.index);
  if (state === undefined) throw new Error('the target was not built');
  return { state, results };
}

function buildStage(
  stage: PlannedStage,
  states: ReadonlyMap<number, BuildState>,
  image: unknown,
  results: Interpreted[],
): BuildState {
  const parent = stage.base.kind === 'stage' ? states.get(stage.base.index) : undefined;
  const document = stage.base.kind === 'image' ? image : undefined;
  const start = parent === undefined ? stateFrom(document, platform, stage) : stateFromStage(parent, stage);
  return [...start.triggers, ...stage.instructions].reduce((state, instruction) => {
    const result = interpret(instruction, state);
    results.push(result);
    return result.state;
  }, start.state);
}

const configOf = (text: string, setting?: Setting): unknown => documentOf(build(text, setting).state)['config'];
const actionsOf = (text: string, setting?: Setting): Action[] =>
  build(text, setting).results.flatMap(({ action }) => action ?? []);
const path = `PATH=${defaultPath}`;
const scratch = (...lines: string[]): string => ['FROM scratch', ...lines].join('\n');

describe('metadata', () => {
  it.each([
    [[], {}],
    [['ENV a=b c="d e"', 'ENV a=$a$a f=$c'], { Env: [path, 'a=bb', 'c=d e', 'f=d e'] }],
    [['ENV a=1', 'ENV a=2 b=$a'], { Env: [path, 'a=2', 'b=1'] }],
    [['ENV a  "b  c" d'], { Env: [path, 'a=b  c d'] }],
    [['ENV n=x', 'ENV $n=1'], { Env: [path, 'n=x', 'x=1'] }],
    [['ENV PATH=/x:$PATH'], { Env: [`PATH=/x:${defaultPath}`] }],
    [['LABEL a=b "c d"="e=f"', 'LABEL a=x'], { Labels: { a: 'x', 'c d': 'e=f' } }],
    [['ARG v=1', "LABEL ver=$v 'raw'='$v'"], { Labels: { ver: '1', raw: '$v' } }],
    [['LABEL __proto__=x'], { Labels: Object.fromEntries([['__proto__', 'x']]) }],
    [['USER a', 'ARG u=b', 'USER $u:${g:-c}'], { User: 'b:c' }],
    [['WORKDIR /a', 'WORKDIR b/', 'WORKDIR ../c'], { WorkingDir: '/a/c' }],
    [['WORKDIR a'], { WorkingDir: '/a' }],
    [['WORKDIR /a//b/'], { WorkingDir: '/a//b/' }],
    [['WORKDIR /a//b/', 'WORKDIR c'], { WorkingDir: '/a/b/c' }],
    [['ARG d=/x', 'WORKDIR $d/y'], { WorkingDir: '/x/y' }],
    [['WORKDIR /'], { WorkingDir: '/' }],
    [['EXPOSE 80 443/udp 8000-8002/TCP'], exposed('443/udp', '80/tcp', '8000/tcp', '8001/tcp', '8002/tcp')],
    [['ARG p="1 2"', 'EXPOSE $p "3"'], exposed('1/tcp', '2/tcp', '3/tcp')],
    [['EXPOSE 127.0.0.1:80:81 90:91/sctp'], exposed('81/tcp', '91/sctp')],
    [['ARG v=/x', 'VOLUME $v /y', 'VOLUME ["/z w"]'], { Volumes: { '/x': {}, '/y': {}, '/z w': {} } }],
    [['STOPSIGNAL SIGTERM', 'STOPSIGNAL 9'], { StopSignal: '9' }],
    [['ARG s=RTMIN+3', 'STOPSIGNAL sig$s'], { StopSignal: 'sigRTMIN+3' }],
    [['CMD a $b "c"'], { Cmd: ['/bin/sh', '-c', 'a $b "c"'] }],
    [['CMD ["a", "$b"]'], { Cmd: ['a', '$b'] }],
    [['SHELL ["/bin/bash", "-ec"]', 'CMD a'], { Shell: ['/bin/bash', '-ec'], Cmd: ['/bin/bash', '-ec', 'a'] }],
    [['ENTRYPOINT ["a"]', 'CMD ["b"]'], { Entrypoint: ['a'], Cmd: ['b'] }],
    [['CMD ["b"]', 'ENTRYPOINT ["a"]'], { Entrypoint: ['a'], Cmd: ['b'] }],
    [['ENTRYPOINT ["a"]', 'ENTRYPOINT []'], {}],
    [['HEALTHCHECK CMD a', 'HEALTHCHECK NONE'], { Healthcheck: { Test: ['NONE'] } }],
    [['HEALTHCHECK --retries=2 CMD ["a"]'], { Healthcheck: { Test: ['CMD', 'a'], Retries: 2 } }],
    [['ONBUILD RUN $x', 'ONBUILD COPY a b'], { OnBuild: ['RUN $x', 'COPY a b'] }],
  ])('%j', (lines, config) => expect(configOf(scratch(...lines))).toEqual({ Env: [path], WorkingDir: '/', ...config }));

  it.each([
    [['STOPSIGNAL SIGNONE'], 'dockerfile error on line 2: invalid signal: SIGNONE'],
    [['STOPSIGNAL 0'], 'invalid signal: 0'],
    [['STOPSIGNAL RTMIN+16'], 'invalid signal'],
    [['EXPOSE 80/icmp'], 'invalid proto: icmp'],
    [['EXPOSE 70000'], 'invalid containerPort: 70000'],
    [['EXPOSE 9-8'], 'invalid containerPort'],
    [['EXPOSE x'], 'invalid containerPort: x'],
    [['VOLUME $none'], 'VOLUME specified can not be an empty string'],
    [['ENV $none=1'], 'ENV names can not be blank'],
    [['USER a', 'USER ${x'], 'dockerfile error on line 3: failed to process "${x"'],
    [['COPY "a b" /x/'], 'looking for matching double-quote'],
  ])('refuses %j', (lines, why) => expect(() => build(scratch(...lines))).toThrow(why));

  it('MAINTAINER is the author, and told to be old', () => {
    const { state, results } = build(scratch('MAINTAINER Ann $x'));
    expect(documentOf(state)['author']).toBe('Ann $x');
    expect(results[0]?.warnings).toEqual([expect.stringContaining('deprecated')]);
  });
});

describe('ARG', () => {
  const env = (text: string, args: Record<string, string> = {}): readonly string[] =>
    (actionsOf(`${text}\nRUN x`, { args }).at(-1) as RunAction).env.slice(1);

  it.each([
    ['FROM scratch\nARG a=1 b=$a', {}, ['a=1', 'b=1']],
    ['FROM scratch\nARG a=1', { a: '2' }, ['a=2']],
    ['FROM scratch\nARG a', { a: '' }, ['a=']],
    ['FROM scratch\nARG a', {}, []],
    ['FROM scratch', { a: '2' }, []],
    ['ARG a=1\nFROM scratch', {}, []],
    ['ARG a=1\nFROM scratch\nARG a', {}, ['a=1']],
    ['ARG a=1\nFROM scratch\nARG a', { a: '2' }, ['a=2']],
    ['ARG a=1\nFROM scratch\nARG a=3', {}, ['a=3']],
    ['FROM scratch\nARG a=1\nENV a=2', { a: '3' }, ['a=2']],
    ['FROM scratch\nENV a=2\nARG a=1', { a: '3' }, ['a=2']],
    ['FROM scratch\nARG a\nENV a=${a:-d}', {}, ['a=d']],
    ['FROM scratch\nARG a\nENV a=${a:-d}', { a: 'x' }, ['a=x']],
    ['FROM scratch\nARG a=1\nARG a', {}, ['a=1']],
    ['FROM scratch\nARG a="b c"', {}, ['a=b c']],
    ['FROM scratch AS p\nARG a=1\nFROM p', {}, ['a=1']],
    ['FROM scratch AS p\nARG a=1\nFROM scratch\nARG a', {}, []],
    ['FROM scratch\nARG TARGETPLATFORM', {}, ['TARGETPLATFORM=linux/amd64']],
    ['FROM scratch\nARG TARGETARCH', { TARGETARCH: 'z' }, ['TARGETARCH=z']],
    ['FROM scratch\nARG b\nENV c=3\nARG a=1', { b: '2' }, ['c=3', 'b=2', 'a=1']],
    ['FROM scratch', { HTTP_PROXY: 'h', no_proxy: 'n' }, ['HTTP_PROXY=h', 'no_proxy=n']],
    ['FROM scratch\nARG HTTP_PROXY', { HTTP_PROXY: 'h' }, ['HTTP_PROXY=h']],
    ['FROM scratch\nENV HTTP_PROXY=e', { HTTP_PROXY: 'h' }, ['HTTP_PROXY=e']],
  ] as const)('%j with %j', (text, args, expected) => expect(env(text, args)).toEqual(expected));

  it('proxies are no part of the cache key unless they are declared', () => {
    const keyOf = (text: string): unknown =>
      (actionsOf(text, { args: { HTTP_PROXY: 'h', a: '1' } })[0] as RunAction).argsForCache;
    expect(keyOf('FROM scratch\nARG a\nRUN x')).toEqual(['a=1']);
    expect(keyOf('FROM scratch\nARG HTTP_PROXY\nRUN x')).toEqual(['HTTP_PROXY=h']);
  });

  it('only what is above sees it', () => {
    expect(configOf('FROM scratch\nUSER ${u:-a}\nARG u\nLABEL x=$u', { args: { u: 'b' } })).toMatchObject({
      User: 'a',
      Labels: { x: 'b' },
    });
  });
});

describe('base image', () => {
  const base = {
    architecture: 'arm64',
    os: 'linux',
    variant: 'v8',
    author: 'Ann',
    'os.version': '1',
    custom: [1],
    container: 'c',
    config: { Env: ['A=1', 'PATH=/p'], Cmd: ['c'], Labels: { a: '1' }, WorkingDir: '/w', ArgsEscaped: true, Future: 1 },
  };

  it('gives all that it has', () => {
    const document = documentOf(build('FROM x\nENV B=$A\nLABEL b=2\nWORKDIR d', { base }).state);
    expect(document).toEqual({
      architecture: 'arm64',
      os: 'linux',
      variant: 'v8',
      author: 'Ann',
      'os.version': '1',
      custom: [1],
      config: {
        ...base.config,
        Env: ['A=1', 'PATH=/p', 'B=1'],
        Labels: { a: '1', b: '2' },
        WorkingDir: '/w/d',
      },
    });
  });

  it('loses its CMD to an ENTRYPOINT', () => {
    expect(configOf('FROM x\nENTRYPOINT ["e"]', { base })).not.toHaveProperty('Cmd');
    expect(configOf('FROM x\nCMD ["d"]\nENTRYPOINT ["e"]', { base })).toMatchObject({ Cmd: ['d'] });
    expect(configOf('FROM x AS a\nCMD ["d"]\nFROM a\nENTRYPOINT ["e"]', { base })).not.toHaveProperty('Cmd');
  });

  it('fires its triggers, and hands them to nobody else', () => {
    const trigger = { config: { OnBuild: ['ARG v=1', 'ENV a=$v', 'RUN <<E\necho $a\nE'] } };
    const { state, results } = build('FROM x\nUSER u', { base: trigger });
    expect(results.map(({ history }) => history.createdBy)).toEqual([
      'ARG v=1',
      'ENV a=1',
      'RUN |1 v=1 /bin/sh -c echo $a\n',
      'USER u',
    ]);
    expect(documentOf(state)['config']).toEqual({ Env: [path, 'a=1'], User: 'u' });
  });

  it('an earlier stage fires them, too', () => {
    expect(configOf('FROM scratch AS a\nONBUILD ENV x=1\nFROM a')).toEqual({ Env: [path, 'x=1'], WorkingDir: '/' });
  });

  it('may not have any trigger', () => {
    const broken = { config: { OnBuild: ['FROM y'] } };
    expect(() => build('# c\nFROM x', { base: broken })).toThrow("on line 2: FROM isn't allowed as an ONBUILD trigger");
  });

  it.each([null, [], 'x', { config: { Env: 'x', Labels: [], Cmd: {}, OnBuild: null } }])(
    '%j is an empty one',
    (document) => expect(configOf('FROM x', { base: document })).toEqual({ Env: [path] }),
  );
});

describe('RUN', () => {
  const run = (...lines: string[]): RunAction => actionsOf(scratch(...lines)).at(-1) as RunAction;

  it.each([
    ['the shell', ['RUN a && $b'], ['/bin/sh', '-c', 'a && $b']],
    ['JSON', ['RUN ["a", "$b"]'], ['a', '$b']],
    ['another shell', ['SHELL ["bash", "-c"]', 'RUN a'], ['bash', '-c', 'a']],
    ['a heredoc', ['RUN <<E', 'a', '\tb', 'E'], ['/bin/sh', '-c', 'a\n\tb\n']],
    ['a heredoc without tabs', ['RUN <<-E', '\ta', '\tE'], ['/bin/sh', '-c', 'a\n']],
    ['a heredoc for a program', ['RUN python3 <<E', 'p', 'E'], ['/bin/sh', '-c', 'python3 <<E\np\nE']],
    [
      'two heredocs',
      ['RUN cat <<A ; cat <<"B"', '1', 'A', '2', 'B'],
      ['/bin/sh', '-c', 'cat <<A ; cat <<"B"\n1\nA\n2\nB'],
    ],
  ])('%s', (_, lines, argv) => expect(run(...lines).argv).toEqual(argv));

  it('a heredoc with #! is a program', () => {
    const { argv, script } = run('RUN <<E', '#!/usr/bin/env python3', 'p', 'E');
    expect(argv).toEqual(['/bin/sh', '-c', '/dev/pipes/E']);
    expect(script).toEqual({ path: '/dev/pipes/E', content: Buffer.from('#!/usr/bin/env python3\np\n') });
  });

  it('knows where and as whom', () => {
    expect(run('USER u', 'WORKDIR /w', 'RUN --network=none x')).toMatchObject({
      user: 'u',
      workingDir: '/w',
      network: 'none',
      display: 'RUN --network=none x',
    });
    expect(run('WORKDIR /a//b/', 'RUN x').workingDir).toBe('/a/b');
    expect(run('RUN x')).toMatchObject({ user: '', workingDir: '/', network: 'default' });
  });

  it('is told with its ARGs', () => {
    const { results } = build(scratch('ARG a=1', 'ARG b', 'ENV c=2', 'RUN x'));
    expect(results.at(-1)?.history).toEqual({ createdBy: 'RUN |1 a=1 /bin/sh -c x', emptyLayer: false });
  });

  const cache = { type: 'cache', sharing: 'shared', source: '/', mode: 0o755, uid: 0, gid: 0, readOnly: false };
  const secret = { type: 'secret', required: false, mode: 0o400, uid: 0, gid: 0 };
  it.each([
    ['target=/a', { type: 'bind', source: '/', target: '/a', readOnly: true }],
    ['source=x,dst=b,rw', { type: 'bind', source: '/x', target: '/w/b', readOnly: false }],
    [
      'type=bind,from=img:1,src=/s/../t,target=/a/',
      { type: 'bind', from: { image: 'img:1' }, source: '/t', target: '/a', readOnly: true },
    ],
    ['type=bind,from=scratch,target=/a', { type: 'tmpfs', target: '/a' }],
    ['type=cache,target=/a', { ...cache, id: '/a', target: '/a' }],
    ['type=cache,target=$v/c', { ...cache, id: 'vv/c', target: '/w/vv/c' }],
    ['\'type=cache,"target=/a,b"\'', { ...cache, id: '/a,b', target: '/a,b' }],
    [
      'type=cache,id=i,target=/a,sharing=LOCKED,mode=0700,uid=1,gid=2,ro,from=img,source=s',
      {
        ...cache,
        id: 'i',
        target: '/a',
        sharing: 'locked',
        mode: 0o700,
        uid: 1,
        gid: 2,
        readOnly: true,
        from: { image: 'img' },
        source: '/s',
      },
    ],
    ['type=tmpfs,target=/a,size=1.5m', { type: 'tmpfs', target: '/a', size: 1572864 }],
    ['type=secret,id=s', { ...secret, id: 's', target: '/run/secrets/s' }],
    ['type=secret,target=/x/s', { ...secret, id: 's', target: '/x/s' }],
    ['type=secret,id=s,env=E', { ...secret, id: 's', env: 'E' }],
    [
      'type=secret,id=s,env=E,target=t,required,mode=0444,uid=5',
      { ...secret, id: 's', env: 'E', target: '/w/t', required: true, mode: 0o444, uid: 5 },
    ],
    ['type=$t,target=/a', { type: 'tmpfs', target: '/a' }],
  ])('--mount=%s', (mount, expected) => {
    expect(run('ENV v=vv t=tmpfs', 'WORKDIR /w', `RUN --mount=${mount} x`).mounts).toEqual([expected]);
  });

  it.each([
    ['--mount=target=/', 'invalid mount target "/"'],
    ['--mount=type=$none,target=/a', 'unsupported mount type ""'],
    ['--mount=type=secret,id=$none', 'one of source, target required'],
  ])('refuses %s', (flag, why) => expect(() => run(`RUN ${flag} x`)).toThrow(why));
});

describe('COPY and ADD', () => {
  const copy = (...lines: string[]): CopyAction => actionsOf(scratch(...lines)).at(-1) as CopyAction;

  it.each([
    ['COPY a /b', { kind: 'copy', sources: ['a'], destination: '/b', link: false, parents: false, excludes: [] }],
    ['COPY a b/ c/', { sources: ['a', 'b/'], destination: '/w/c/' }],
    ['COPY a .', { destination: '/w/' }],
    ['COPY a ./', { destination: '/w/' }],
    ['COPY a ..', { destination: '/' }],
    ['COPY a /x/./y/../z', { destination: '/x/z' }],
    ['COPY a /x/.', { destination: '/x/' }],
    ['COPY $v* "$v"', { sources: ['vv*'], destination: '/w/vv' }],
    ['COPY ["a b", "c d"]', { sources: ['a b'], destination: '/w/c d' }],
    ['COPY --chown=$v:1 --chmod=u+x,go-w a b', { chown: 'vv:1', chmod: 'u+x,go-w' }],
    [
      'COPY --from=img --link --parents --exclude=$v a /b',
      { from: { image: 'img' }, link: true, parents: true, excludes: ['$v'] },
    ],
    ['ADD --checksum=sha256:' + 'a'.repeat(64) + ' http://x/y z', { kind: 'add', sources: ['http://x/y'] }],
    ['ADD --unpack=false --keep-git-dir a b', { unpack: false, keepGitDir: true }],
  ])('%s', (line, expected) => expect(copy('ENV v=vv', 'WORKDIR /w', line)).toMatchObject(expected));

  it('files of heredocs', () => {
    const { inline, sources, destination } = copy('ENV v=1', 'COPY <<a x <<-"b" /d/', '$v \\$v "$v"', 'a', '\t$v', 'b');
    expect(inline.map(({ name, content }) => [name, content.toString()])).toEqual([
      ['a', '1 $v "1"\n'],
      ['b', '$v\n'],
    ]);
    expect([sources, destination]).toEqual([['x'], '/d/']);
  });

  it('from an earlier stage', () => {
    const actions = actionsOf('FROM a AS x\nFROM b\nCOPY --from=x a b\nCOPY --from=0 a b\nCOPY --from=X a b');
    expect(actions).toMatchObject([{ from: { stage: 0 } }, { from: { stage: 0 } }, { from: { stage: 0 } }]);
  });

  it('is told with what matters', () => {
    const { results } = build(scratch('ENV v=1', 'COPY --chown=$v --link a$v /b'));
    expect(results.at(-1)?.history).toEqual({ createdBy: 'COPY --chown=1 a1 /b', emptyLayer: false });
  });

  it.each([
    ['COPY a b /c', 'more than one source file'],
    ['COPY <<a b /c', 'more than one source file', 'x', 'a'],
    ['COPY --chmod=08 a b', "invalid chmod parameter: '08'"],
    ['COPY --chmod=17777 a b', 'invalid chmod parameter'],
    ['COPY $none b', 'a source is blank'],
    ['COPY --from=scratch a b', 'scratch has no files'],
    ['COPY <</etc/x b', 'a heredoc cannot be a file', '/etc/x'],
    ['ADD --checksum=sha256:1 http://a b', 'invalid checksum'],
    ['ADD --checksum=sha256:1 a b', 'checksum requires an HTTP(S) source'],
    ['ADD --checksum=sha256:1 http://a http://b c/', 'multiple sources'],
  ])('refuses %s', (line, why, ...more) => expect(() => copy(line, ...more)).toThrow(why));
});

describe('WORKDIR', () => {
  it('makes a directory', () => {
    expect(actionsOf(scratch('USER u', 'WORKDIR /a/', 'WORKDIR b'))).toEqual([
      { kind: 'workdir', path: '/a', user: 'u', display: 'WORKDIR /a/' },
      { kind: 'workdir', path: '/a/b', user: 'u', display: 'WORKDIR b' },
    ]);
  });

  it('but not the root', () => {
    const { results } = build(scratch('WORKDIR /'));
    expect(results).toMatchObject([{ history: { createdBy: 'WORKDIR /', emptyLayer: true } }]);
    expect(results[0]).not.toHaveProperty('action');
  });
});

function exposed(...ports: string[]): Record<string, unknown> {
  return { ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) };
}
