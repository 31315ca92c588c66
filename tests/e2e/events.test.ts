import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Event } from '@arcbox/proto/arcbox/v1/api';
import { Bus } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { describeIf, eventually, temporaryRoot } from '@arcbox/testing';
import { type Engine, hello } from './engine.ts';
import { oneEngine } from './one-engine.ts';
import { ok } from './other-engines.ts';
import { startCommand } from './started-command.ts';

const repository = join(import.meta.dirname, '../..');
const protos = join(repository, 'libs/proto/proto');

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'python3', 'protoc'], 'events', () => {
  const engine = oneEngine({ env: { ARCBOX_EVENTS_MAX_AGE: '90d', ARCBOX_EVENTS_MAX_BYTES: '20000000000' } });

  it('reach a plain NATS subscriber, every one decodable', async () => {
    await using bus = new Bus({ url: natsUrl(engine()), name: 'test', log: silentLogger });
    const connection = await bus.connection;
    const seen: { event: Event; headers: Map<string, string> }[] = [];
    connection.subscribe('arcbox.events.v1.>', {
      callback: (_, message) => {
        const headers = new Map(['ce-id', 'ce-type', 'ce-source', 'ce-time', 'ce-specversion', 'Nats-Msg-Id'].map((key) => [key, message.headers?.get(key) ?? '']));
        seen.push({ event: Event.decode(message.data), headers });
      },
    });
    await connection.flush();
    await engine().ok('run', '--rm', '--name', 'short', hello, 'true');
    await eventually(() => expect(seen.map(({ event }) => event.action)).toContain('destroy'));
    const actions = seen.filter(({ event }) => event.type === 'container').map(({ event }) => event.action);
    expect(actions.filter((action) => ['create', 'start', 'die', 'destroy'].includes(action))).toEqual(['create', 'start', 'die', 'destroy']);
    for (const { event, headers } of seen) {
      expect(headers.get('ce-type')).toBe(`arcbox.events.v1.${event.type}.${event.action}`);
      expect(headers.get('ce-id')).toBe(headers.get('Nats-Msg-Id'));
      expect(headers.get('ce-specversion')).toBe('1.0');
      expect(headers.get('ce-source')).toMatch(/^arcbox:\/\//);
    }
  });

  it('reach programs that have nothing of ours but the proto files, once each, also those that come back', async () => {
    await using root = temporaryRoot();
    await ok('protoc', '-I', protos, `--python_out=${root.path}`, 'arcbox/v1/common.proto', 'arcbox/v1/api.proto');
    const [typescript, python] = [join(repository, 'examples/events-typescript/subscribe.ts'), join(repository, 'examples/events-python/subscribe.py')];
    const subject = 'arcbox.events.v1.container.*';
    const programs = [
      (count: number) => ok(process.execPath, typescript, natsUrl(engine()), 'typescript', protos, subject, String(count)),
      (count: number) => ok('env', `PYTHONPATH=${root.path}`, '/usr/bin/python3', python, natsUrl(engine()), 'python', subject, String(count)),
    ];
    const { stdout } = await engine().arcbox('run', '--rm', '--label', 'for=examples', hello, 'sh', '-c', 'echo hi; exit 3');
    expect(stdout).toBe('hi\n');
    const format = '{{json .}}';
    const all = await eventually(async () => {
      const lines = (await engine().ok('events', '--since', '1', '--until', '0s', '-f', 'type=container', '--format', format)).split('\n');
      const events = lines.map((line) => JSON.parse(line) as { Action: string; Actor: { ID: string; Attributes: object }; timeNano: number });
      expect(events.at(-1)).toMatchObject({ Action: 'destroy', Actor: { Attributes: { for: 'examples' } } });
      return events;
    });
    const half = Math.floor(all.length / 2);
    const told = await Promise.all(programs.map(async (program) => `${await program(half)}\n${await program(all.length - half)}`.split('\n')));
    for (const lines of told) {
      const seen = lines.map((line) => JSON.parse(line) as { [attribute: string]: string } & { data: unknown });
      expect(seen.map(({ type, subject: id }) => [type, id])).toEqual(all.map(({ Action, Actor }) => [`arcbox.events.v1.container.${Action}`, Actor.ID]));
      expect(new Set(seen.map(({ id }) => id)).size).toBe(all.length);
      const died = seen.findLast(({ type }) => type === 'arcbox.events.v1.container.die');
      expect(died).toMatchObject({ specversion: '1.0', data: { type: 'container', action: 'die', actor: { attributes: { exitCode: '3', for: 'examples' } } } });
    }
  });

  it('are kept as long as is configured', async () => {
    expect(await engine().ok('info')).toMatch(/\nEvent Log: \d+ events, .*, since 2.*\n Kept: 90 days, up to 20GB$/m);
  });

  it('go on in a command whose worker and bus are killed, and filters of history are narrowed', async () => {
    using events = startCommand(engine(), 'events', '-f', 'label=series=cut', '-f', 'event=create', '--format', '{{.Actor.Attributes.name}}');
    let said = '';
    events.child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const make = (name: string): Promise<string> => engine().ok('create', '--label', 'series=cut', '--name', name, hello, 'true');
    // It follows when it has told of the first.
    await eventually(async () => {
      const number = said === '' ? String(Date.now()) : '';
      if (number) await make(`first-${number}`);
      expect(said).not.toBe('');
    });
    engine().kill('system-0');
    await make('second');
    engine().kill('nats-0');
    await make('third');
    await eventually(() => expect(said).toMatch(/third\n$/));
    const history = await engine().ok('events', '--since', '1', '--until', '0s', '-f', 'label=series=cut', '-f', 'event=create', '--format', '{{.Actor.Attributes.name}}');
    const names = said.trim().split('\n');
    expect(history.split('\n').slice(-names.length)).toEqual(names);
    expect(names.slice(-2)).toEqual(['second', 'third']);
    await engine().ok('rm', ...history.split('\n'));
  });

  it('are the same history after a restart of everything', async () => {
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const history = (): Promise<string> => engine().ok('events', '--since', '1', '--until', until, '--format', 'json');
    await eventually(async () => expect(await history()).toContain('"destroy"'));
    const before = (await history()).split('\n').filter((line) => !line.includes('"daemon"'));
    await engine().stop();
    await engine().start();
    const after = (await history()).split('\n').filter((line) => !line.includes('"daemon"'));
    expect(after).toEqual(before);
  });
});

function natsUrl(engine: Engine): string {
  const read = (name: string): string => readFileSync(join(engine.root, 'run', name), 'utf8').trim();
  return `nats://${read('nats.token')}@127.0.0.1:${read('nats.port')}`;
}
