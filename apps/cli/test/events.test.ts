import type { EventsRequest, EventsResponse } from '@arcbox/proto/arcbox/engine/v1/system';
import { ServerError, Status } from 'nice-grpc';
import { buildCli, type Cli, type Ended } from './cli.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

const web = 'ab'.repeat(32);
const time = 1_700_000_000_123_456_789n;
const cause = { requestId: 'r1', method: '/arcbox.v1.ContainerService/Kill', client: 'uid=0 pid=42', traceparent: '' };

const told = (action: string, cursor: string, attributes: Record<string, string> = {}): Partial<EventsResponse> => {
  return { event: { type: 'container', action, actor: { id: web, attributes: { name: 'web', ...attributes } }, timeNano: time }, cursor };
};

type Script = (request: EventsRequest) => AsyncIterable<Partial<EventsResponse>>;

describe('events', () => {
  let cli: Cli;
  let gateway: FakeGateway;
  let script: Script;
  let asked: EventsRequest[] = [];

  beforeAll(async () => {
    cli = buildCli();
    const eventLog = { reachable: true, events: 1204n, bytes: 640_000n, first: time, maxAge: 7_776_000n, maxBytes: 4n * 1024n ** 3n };
    gateway = await startFakeGateway({
      system: {
        async getInfo(_request, { header }) {
          header.set('x-arcbox-stale', 'images');
          return { containers: 1n };
        },
      },
      furtherSystem: {
        async *events(request) {
          asked.push(request);
          yield* script(request);
        },
        async getInfo() {
          return { node: 'n', eventLog };
        },
      },
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    cli[Symbol.dispose]();
  });

  const arcbox = (...args: string[]): Promise<Ended> => cli.run(['--host', `unix://${gateway.socket}`, ...args]);
  const events = async (answers: Script, ...args: string[]): Promise<Ended> => {
    [script, asked] = [answers, []];
    return arcbox('events', '--until', '0s', ...args);
  };

  it('prints lines, JSON and templates, with the actions of docker', async () => {
    async function* answers() {
      yield { ...told('die', 'c1', { exitCode: '3' }), cause };
      yield told('health_status', 'c2', { health_status: 'healthy' });
      yield { cursor: 'c3' };
    }
    const { stdout } = await events(answers, '--since', '1700000000.123456789', '-f', 'event=die', '-f', 'event=health_status');
    expect(stdout).toBe(
      [
        `2023-11-14T22:13:20.123456789+00:00 container die ${web} (exitCode=3, name=web)`,
        `2023-11-14T22:13:20.123456789+00:00 container health_status: healthy ${web} (health_status=healthy, name=web)\n`,
      ].join('\n'),
    );
    expect(asked[0]).toMatchObject({ since: time, cursor: '', filters: { event: 'die,health_status' } });
    const template = await events(answers, '--format', '{{.Actor.Attributes.name}} {{.TimeNano}} {{.Actor.Attributes.exitCode}} {{.Cursor}} {{.Cause.Client}}');
    expect(template.stdout).toBe('web 1700000000123456789 3 c1 uid=0 pid=42\nweb 1700000000123456789 <no value> c2 \n');
    const lines = (await events(answers, '--format', 'json')).stdout.trim().split('\n');
    expect(lines[0]).toContain('"timeNano":1700000000123456789,"cursor":"c1","cause":{"RequestID":"r1"');
    expect(lines[1]).toContain('"status":"health_status: healthy"');
    expect(lines[1]).not.toContain('cause');
  });

  it('goes on after the last event when the connection breaks, or was too slow, and says so', async () => {
    async function* answers({ cursor }: EventsRequest): AsyncGenerator<Partial<EventsResponse>> {
      if (cursor === '') {
        yield told('create', 'c1');
        throw new ServerError(Status.UNAVAILABLE, 'the worker has died');
      }
      if (cursor === 'c1') throw new ServerError(Status.UNAVAILABLE, 'no system worker is running');
      if (asked.length === 3) {
        yield told('start', 'c2');
        throw new ServerError(Status.RESOURCE_EXHAUSTED, 'too slow');
      }
      yield told('die', 'c3');
    }
    const patient = (request: EventsRequest) => (asked.length === 2 ? answers(request) : answers({ ...request, cursor: asked.length > 2 ? 'c2' : '' }));
    const { stdout, stderr, code } = await events(patient, '--since', '1', '-f', 'container=web', '--format', '{{.Action}}');
    expect({ stdout, code }).toEqual({ stdout: 'create\nstart\ndie\n', code: 0 });
    expect(stderr).toBe('lost the connection, trying again\nconnected again, going on after the last event\n'.repeat(2));
    expect(asked.map(({ cursor, since, filters }) => [cursor, since, filters])).toEqual([
      ['', 1_000_000_000n, { container: 'web' }],
      ['c1', 0n, { container: 'web' }],
      ['c1', 0n, { container: 'web' }],
      ['c2', 0n, { container: 'web' }],
    ]);
  });

  it('says what is missing, and goes on from a cursor', async () => {
    const { stdout, stderr } = await events(
      async function* () {
        yield { cursor: 'c1', cut: { first: time, dropped: 12n } };
        yield told('die', 'c2');
        yield { cursor: 'c3', cut: { first: 0n, dropped: 0n } };
      },
      ...['--cursor', 'c0', '--format', '{{.Action}}'],
    );
    expect(stdout).toBe('die\n');
    expect(stderr).toBe(
      [
        '12 events are not in the log any more: what there is begins at 2023-11-14T22:13:20.123456789+00:00',
        'some events are not in the log any more: nothing is left\n',
      ].join('\n'),
    );
    expect(asked[0]).toMatchObject({ cursor: 'c0', since: 0n });
  });

  it('ends with what cannot be mended', async () => {
    const failing = (status: Status, words: string): Script =>
      async function* () {
        yield { cursor: 'c1' };
        throw new ServerError(status, words);
      };
    expect(await events(failing(Status.FAILED_PRECONDITION, 'another log'))).toMatchObject({ stderr: 'arcbox: another log\n', code: 1 });
    const refused: Script = async function* () {
      throw new ServerError(Status.UNAVAILABLE, 'the event bus is not running');
    };
    expect(await events(refused)).toMatchObject({ stderr: 'arcbox: the event bus is not running\n', code: 1 });
    expect((await arcbox('events', '--since', '1', '--cursor', 'x')).stderr).toContain('--since');
    expect((await arcbox('events', '--since', 'yesterday')).stderr).toContain('Write a time');
  });

  it('info shows the log', async () => {
    const { stdout, stderr } = await arcbox('info');
    expect(stderr).toBe('no images worker answers: the last known numbers are shown\n');
    expect(stdout).toContain('\nEvent Log: 1204 events, 640kB, since 2023-11-14T22:13:20.123456789+00:00\n Kept: 90 days, up to 4.29GB\n');
    expect((await arcbox('info', '--format', '{{.EventLog.Events}} {{.EventLog.MaxAgeSeconds}}')).stdout).toBe('1204 7776000\n');
  });
});
