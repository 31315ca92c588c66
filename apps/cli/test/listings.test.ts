import { Worker_Health as Health } from '@arcbox/proto/arcbox/engine/v1/worker';
import { buildCli } from './cli.ts';
import { failure, type FakeGateway, startFakeGateway, Status } from './fake-gateway.ts';

const cli = buildCli();
let gateway: FakeGateway;
let asked: unknown[] = [];

const ago = (seconds: number): bigint => BigInt(Math.floor(Date.now() / 1000) - seconds);
const web = 'c0ffee'.padEnd(64, '0');
const job = 'badcafe'.padEnd(64, '0');
const image = `sha256:${'1234567890ab'.padEnd(64, '0')}`;

const containers = [
  {
    id: web,
    names: ['/web'],
    image: 'nginx:1.27',
    command: "nginx -g 'daemon off;'",
    created: ago(130),
    state: 'running',
    status: 'Up 2 minutes',
    ports: [
      { containerPort: 80, hostPort: 8080, protocol: 'tcp', hostIp: '' },
      { containerPort: 53, hostPort: 5353, protocol: 'udp', hostIp: '127.0.0.1' },
    ],
    labels: { team: 'blue' },
    sizeRw: 1234n,
    sizeRootFs: 4_260_000n,
  },
  {
    id: job,
    names: ['job'],
    image: 'busybox',
    command: 'true',
    created: ago(7200),
    state: 'exited',
    status: 'Exited (0) 2 hours ago',
  },
];

beforeAll(async () => {
  gateway = await startFakeGateway({
    containers: {
      async list(request) {
        asked.push(request);
        if (request.filters.includes('colour')) throw failure(Status.INVALID_ARGUMENT, 'no such filter: colour');
        return { containers };
      },
      async stop({ id }) {
        asked.push(id);
        return {};
      },
      async top() {
        return { titles: ['PID', 'CMD'], processes: [{ values: ['1', 'nginx'] }] };
      },
    },
    furtherContainers: {
      async inspect({ id }) {
        if (id !== 'web') throw failure(Status.NOT_FOUND, `no such container: ${id}`);
        return {
          info: {
            id: web,
            name: 'web',
            created: { seconds: 1_700_000_000n, nanos: 5 },
            state: { status: 'running', running: true, pid: 7 },
            mounts: [{ type: 'volume', source: '/v/data/_data', destination: '/data', rw: true }],
            config: { labels: { team: 'blue' } },
          },
          options: { exposedPorts: ['80/tcp', '90/tcp'], restartPolicy: { name: 'always' } },
          ports: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp' }],
          portBindings: [{ containerPort: 80, protocol: 'tcp' }],
          networks: [{ attachment: { network: 'back' }, ipv4Address: '10.5.0.2/16', gateway: '10.5.0.1' }],
          health: { status: 'healthy', log: [{ output: 'fine' }] },
        };
      },
      async rename(request) {
        asked.push(request);
        return {};
      },
      async restart(request) {
        asked.push(request);
        return {};
      },
      async update(request) {
        asked.push(request);
        return { warnings: ['no swap here'] };
      },
      async connectNetwork(request) {
        asked.push(request);
        return {};
      },
      async disconnectNetwork(request) {
        asked.push(request);
        return {};
      },
      async stop(request) {
        asked.push(request);
        if (request.id === 'nope') throw failure(Status.NOT_FOUND, 'no such container: nope');
        return {};
      },
    },
    images: {
      async list() {
        return {
          images: [
            {
              id: image,
              repoTags: ['busybox:latest', 'localhost:5000/busybox:1'],
              created: ago(86_400 * 3),
              size: 4_261_550n,
            },
            { id: image.replace('1234', 'ffff'), repoTags: ['<none>:<none>'], created: ago(40), size: 512n },
          ],
        };
      },
      async inspect({ id }) {
        if (id !== 'busybox') throw failure(Status.NOT_FOUND, `no such image: ${id}`);
        return { id: image, repoTags: ['busybox:latest'], size: 4_261_550n, config: { env: ['A=b'] } };
      },
    },
    networks: {
      async inspect({ id }) {
        throw failure(Status.NOT_FOUND, `no such network: ${id}`);
      },
      async list() {
        return { networks: [{ id: 'ab'.repeat(32), name: 'bridge', driver: 'bridge', scope: 'local' }] };
      },
    },
    imageStore: {
      async resolve() {
        const config = { StopSignal: 'SIGINT', Healthcheck: { Test: ['CMD', 'true'] }, OnBuild: ['RUN x'] };
        return { id: image, config: Buffer.from(JSON.stringify({ variant: 'v8', history: [{}, {}], config })) };
      },
    },
    workers: {
      async listWorkers() {
        const startedAt = new Date(Date.now() - 65_000).toISOString();
        return {
          workers: [
            {
              name: 'images',
              replica: 'images-0',
              node: 'n',
              address: 'unix:/run/a',
              version: '0.1.0',
              health: Health.HEALTH_SERVING,
              services: [],
              pid: 12,
              startedAt,
            },
            {
              name: 'images',
              replica: 'images-1',
              node: 'n',
              address: 'unix:/run/b',
              version: '0.1.0',
              health: Health.HEALTH_UNREACHABLE,
              services: [],
              pid: 13,
              startedAt,
            },
          ],
        };
      },
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});

beforeEach(() => void (asked = []));

const arcbox = (...args: string[]) => cli.run(['-H', `unix://${gateway.socket}`, ...args]);

describe('ps', () => {
  it('prints the table that docker prints', async () => {
    const { stdout, stderr, code } = await arcbox('ps', '-a');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'CONTAINER ID   IMAGE        COMMAND                  CREATED         STATUS                   PORTS                                          NAMES',
        'c0ffee000000   nginx:1.27   "nginx -g \'daemon of…"   2 minutes ago   Up 2 minutes             127.0.0.1:5353->53/udp, 0.0.0.0:8080->80/tcp   web',
        'badcafe00000   busybox      "true"                   2 hours ago     Exited (0) 2 hours ago                                                  job',
        '',
      ].join('\n'),
    );
  });

  it('prints ids, templates, tables of templates and JSON', async () => {
    expect((await arcbox('ps', '-q')).stdout).toBe('c0ffee000000\nbadcafe00000\n');
    expect((await arcbox('ps', '-q', '--no-trunc')).stdout).toBe(`${web}\n${job}\n`);
    expect((await arcbox('ps', '--format', '{{.Names}}: {{upper .State}} {{.Label "team"}}')).stdout).toBe(
      'web: RUNNING blue\njob: EXITED \n',
    );
    expect((await arcbox('ps', '--format', 'table {{.Names}}\\t{{.Image}}')).stdout).toBe(
      'NAMES     IMAGE\nweb       nginx:1.27\njob       busybox\n',
    );
    const [first = ''] = (await arcbox('ps', '--format', 'json')).stdout.split('\n');
    expect(JSON.parse(first)).toMatchObject({
      ID: 'c0ffee000000',
      Names: 'web',
      State: 'running',
      Labels: 'team=blue',
    });
  });

  it('asks for what the options say', async () => {
    await arcbox('ps', '-a', '-f', 'status=exited', '-f', 'status=created', '--filter', 'label=a=b');
    await arcbox('ps', '-n', '3', '-s');
    await arcbox('ps', '-l');
    expect(asked).toMatchObject([
      { all: true, limit: 0, size: false, filters: '{"status":["exited","created"],"label":["a=b"]}' },
      { all: false, limit: 3, size: true, filters: '' },
      { limit: 1 },
    ]);
  });

  it('is also container ls', async () => {
    expect((await arcbox('container', 'ls', '-q')).stdout).toBe('c0ffee000000\nbadcafe00000\n');
  });
});

describe('other lists', () => {
  it('images has one line a name', async () => {
    expect((await arcbox('images')).stdout).toBe(
      [
        'REPOSITORY               TAG       IMAGE ID       CREATED          SIZE',
        'busybox                  latest    1234567890ab   3 days ago       4.26MB',
        'localhost:5000/busybox   1         1234567890ab   3 days ago       4.26MB',
        '<none>                   <none>    ffff567890ab   40 seconds ago   512B',
        '',
      ].join('\n'),
    );
    expect((await arcbox('images', '-q')).stdout).toBe('1234567890ab\nffff567890ab\n');
  });

  it('workers shows replicas and their health', async () => {
    expect((await arcbox('workers')).stdout).toBe(
      [
        'WORKER    REPLICA    HEALTH        SINCE                PID       ADDRESS',
        'images    images-0   serving       About a minute ago   12        unix:/run/a',
        'images    images-1   unreachable   About a minute ago   13        unix:/run/b',
        '',
      ].join('\n'),
    );
  });

  it('network ls and top', async () => {
    expect((await arcbox('network', 'ls')).stdout).toBe(
      'NETWORK ID     NAME      DRIVER    SCOPE\nabababababab   bridge    bridge    local\n',
    );
    expect((await arcbox('top', 'web', '-o', 'pid,cmd')).stdout).toBe(
      `${'PID'.padEnd(20)}CMD\n${'1'.padEnd(20)}nginx\n`,
    );
  });
});

describe('inspect', () => {
  it('finds containers, then images, and says what it did not find', async () => {
    const { stdout, stderr, code } = await arcbox('inspect', 'web', 'busybox', 'nothing');
    expect(JSON.parse(stdout)).toMatchObject([
      { Id: web, Name: '/web', Created: '2023-11-14T22:13:20.000000005Z', State: { Status: 'running', Pid: 7 } },
      {
        Id: image,
        RepoTags: ['busybox:latest'],
        Size: 4_261_550,
        Variant: 'v8',
        HistoryCount: 2,
        Config: { Env: ['A=b'], StopSignal: 'SIGINT', Healthcheck: { Test: ['CMD', 'true'] }, OnBuild: ['RUN x'], Shell: [] },
      },
    ]);
    expect(stderr).toBe('arcbox: no such object: nothing\n');
    expect(code).toBe(1);
  });

  it('takes templates', async () => {
    expect((await arcbox('inspect', '-f', '{{.State.Status}} {{json .State.Pid}}', 'web')).stdout).toBe('running 7\n');
    const template = '{{range .Mounts}}{{.Name}} {{end}}{{range $n, $c := .NetworkSettings.Networks}}{{$n}}={{$c.IPAddress}}/{{.IPPrefixLen}}{{end}}';
    expect((await arcbox('inspect', '-f', template, 'web')).stdout).toBe('data back=10.5.0.2/16\n');
    const ports = '{{json .NetworkSettings.Ports}} {{(index (index .HostConfig.PortBindings "80/tcp") 0).HostPort}}';
    expect((await arcbox('inspect', '-f', ports, 'web')).stdout).toBe(
      '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"90/tcp":null} \n',
    );
    expect((await arcbox('container', 'inspect', '-f', '{{.State.Health.Status}} {{.Config.Labels.none}}', 'web')).stdout).toBe(
      'healthy <no value>\n',
    );
    const { stderr, code } = await arcbox('inspect', '-f', '{{.Nonsense}}', 'web');
    expect(stderr).toMatch(/^arcbox: template: no field Nonsense; there are Id, /);
    expect(code).toBe(1);
  });
});

describe('changes of a container', () => {
  it('asks for what the words say', async () => {
    expect(await arcbox('rename', 'web', 'old')).toMatchObject({ stdout: '', stderr: '', code: 0 });
    expect(await arcbox('restart', '-t', '0', '-s', 'INT', 'web')).toMatchObject({ stdout: 'web\n', code: 0 });
    const update = await arcbox('update', '-m', '64m', '--restart', 'on-failure:2', '--pids-limit', '-1', 'web');
    expect(update).toMatchObject({ stdout: 'web\n', stderr: 'WARNING: no swap here\n' });
    expect(await arcbox('network', 'connect', '--ip', '10.5.0.9', '--alias', 'db', 'back', 'web')).toMatchObject({ code: 0 });
    expect(await arcbox('network', 'disconnect', '-f', 'back', 'web')).toMatchObject({ code: 0 });
    expect(asked).toMatchObject([
      { id: 'web', name: 'old' },
      { id: 'web', timeoutSeconds: 0, signal: 'INT' },
      { id: 'web', limits: { memoryBytes: 67_108_864n }, pidsLimit: -1n, restartPolicy: { name: 'on-failure', maximumRetries: 2 } },
      { id: 'web', attachment: { network: 'back', ipv4Address: '10.5.0.9', aliases: ['db'] } },
      { id: 'web', network: 'back', force: true },
    ]);
    expect(await arcbox('update', 'web')).toMatchObject({ stderr: expect.stringContaining('say what to change'), code: 1 });
  });

  it('port shows where ports are', async () => {
    expect((await arcbox('port', 'web')).stdout).toBe('80/tcp -> 0.0.0.0:8080\n');
    expect((await arcbox('port', 'web', '80')).stdout).toBe('0.0.0.0:8080\n');
    expect(await arcbox('port', 'web', '81/udp')).toMatchObject({ stderr: 'arcbox: no public port 81/udp published for web\n', code: 1 });
  });
});

describe('what goes wrong', () => {
  it('is told in one line, with the exit code of docker', async () => {
    expect(await arcbox('stop', '-t', '3', 'web', 'nope', 'db')).toMatchObject({
      stdout: 'web\ndb\n',
      stderr: 'arcbox: no such container: nope\n',
      code: 1,
    });
    expect(asked).toContainEqual({ id: 'web', timeoutSeconds: 3, signal: '' });
    expect(await arcbox('ps', '-f', 'colour=red')).toMatchObject({
      stderr: 'arcbox: no such filter: colour\n',
      code: 1,
    });
    expect(await arcbox('kill', 'web')).toMatchObject({ stderr: 'arcbox: kill is not there\n', code: 1 });
  });

  it('is the command line itself', async () => {
    expect(await arcbox('ps', '--nonsense')).toMatchObject({
      stderr: "arcbox: unknown option '--nonsense'\n",
      code: 125,
    });
    expect(await arcbox('pss')).toMatchObject({
      stderr: "arcbox: unknown command 'pss' Did you mean ps?\n",
      code: 1,
    });
    expect(await arcbox('rm')).toMatchObject({ stderr: "arcbox: missing required argument 'container'\n", code: 1 });
    const odd = await arcbox('run', '-m', 'lots', 'busybox');
    expect(odd.stderr).toMatch(/^arcbox: option '-m, --memory <bytes>' argument 'lots' is invalid\. .*\n$/);
    expect(odd.code).toBe(125);
  });

  it('is an engine that is not there', async () => {
    const socket = `${gateway.root.path}/none.sock`;
    expect(await cli.run(['ps'], { env: { ARCBOX_HOST: `unix://${socket}` } })).toMatchObject({
      stderr: `arcbox: cannot connect to the engine at unix://${socket}: there is no such socket; is it running? start it with \`npm start\`\n`,
      code: 1,
    });
    const run = await cli.run(['-H', 'tcp://127.0.0.1:1', 'run', 'busybox']);
    expect(run.stderr).toMatch(
      /^arcbox: cannot connect to the engine at tcp:\/\/127.0.0.1:1: nobody listens there; .*\n$/,
    );
    expect(run.code).toBe(125);
    const root = await cli.run(['version'], { env: { ARCBOX_ROOT: gateway.root.path } });
    expect(root.stdout).toMatch(/^Client:\n Version: /);
    expect(root.stderr).toContain(`at unix://${gateway.root.path}/run/arcbox.sock: `);
  });
});

describe('help', () => {
  it('teaches with examples, for every command', async () => {
    const { stdout } = await cli.run(['--help']);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name ?? '');
    expect(names).toEqual(expect.arrayContaining(['run', 'ps', 'pull', 'workers', 'completion']));
    for (const name of names) {
      const help = await cli.run([name, '--help']);
      expect(help.code).toBe(0);
      expect(help.stdout).toContain(`Usage: arcbox ${name}`);
    }
    expect((await cli.run(['help', 'run'])).stdout).toContain('arcbox run -it --rm busybox');
  });

  it('completes commands, options and names', async () => {
    expect((await arcbox('__complete', '--', 'ru')).stdout).toBe('run\tCreate and start a container from an image\n');
    expect((await arcbox('__complete', '--', 'ps', '--lat')).stdout).toBe('--latest\tthe newest one, in any state\n');
    expect((await arcbox('__complete', '--', 'stop', '-t', '5', 'w')).stdout).toBe('web\tnginx:1.27\n');
    expect((await arcbox('__complete', '--', 'run', '--pull', 'a')).stdout).toBe('always\tfetch the image\n');
    expect((await arcbox('__complete', '--', 'network', 'c')).stdout).toMatch(/^connect\t.*\ncreate\t/);
  });
});
