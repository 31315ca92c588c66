import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Event } from '@arcbox/proto/arcbox/v1/api';
import { Bus } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { describeIf, eventually } from '@arcbox/testing';
import { type Engine, hello, startEngine } from './engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'events', () => {
  it('reach a plain NATS subscriber, every one decodable', async () => {
    await using engine = await startEngine();
    await using bus = new Bus({ url: natsUrl(engine), name: 'test', log: silentLogger });
    const connection = await bus.connection;
    const seen: { event: Event; headers: Map<string, string> }[] = [];
    connection.subscribe('arcbox.events.v1.>', {
      callback: (_, message) => {
        const headers = new Map(['ce-id', 'ce-type', 'ce-source', 'ce-time', 'ce-specversion', 'Nats-Msg-Id'].map((key) => [key, message.headers?.get(key) ?? '']));
        seen.push({ event: Event.decode(message.data), headers });
      },
    });
    await connection.flush();
    await engine.ok('run', '--rm', '--name', 'short', hello, 'true');
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

  it('are the same history after a restart of everything', async () => {
    await using engine = await startEngine();
    await engine.ok('run', '--rm', hello, 'true');
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const history = (): Promise<string> => engine.ok('events', '--since', '1', '--until', until, '--format', 'json');
    await eventually(async () => expect(await history()).toContain('"destroy"'));
    const before = (await history()).split('\n').filter((line) => !line.includes('"daemon"'));
    await engine.stop();
    await engine.start();
    const after = (await history()).split('\n').filter((line) => !line.includes('"daemon"'));
    expect(after).toEqual(before);
  });
});

function natsUrl(engine: Engine): string {
  const read = (name: string): string => readFileSync(join(engine.root, 'run', name), 'utf8').trim();
  return `nats://${read('nats.token')}@127.0.0.1:${read('nats.port')}`;
}
