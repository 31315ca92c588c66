import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BusState } from '@arcbox/events';
import { judgeBus } from './bus.ts';
import { readEnds } from './ends.ts';
import { countIn } from './outbox-client.ts';
import { judgeWorkers, type SeenReplica, type SeenWorkers } from './workers.ts';

const now = new Date('2026-01-01T00:00:00Z');
const replica = (name: string, change: Partial<SeenReplica> = {}): SeenReplica => ({
  worker: name.replace(/-\d+$/, ''),
  replica: name,
  pid: 42,
  version: '1.0.0',
  startedAt: new Date('2025-12-31T00:00:00Z'),
  health: 'serving',
  ...change,
});
const workers = (change: Partial<SeenWorkers>): SeenWorkers => ({
  replicas: [],
  ends: [],
  expected: [],
  needed: ['images', 'networks'],
  version: '1.0.0',
  now,
  logs: '/log',
  ...change,
});
const brief = (found: ReturnType<typeof judgeWorkers>): string[] => found.map(({ name, severity, message }) => `${severity} ${name}: ${message}`);

test.each<[string, Partial<SeenWorkers>, string[]]>([
  ['all is well', { replicas: [replica('images-0'), replica('icons-0')], expected: ['images', 'icons'] }, [
    'ok images-0: process 42 serves',
    'ok icons-0: process 42 serves',
  ]],
  ['some are missing', { expected: ['images', 'icons'] }, ['error images: no images worker is running', 'warning icons: no icons worker is running']],
  ['one cannot start', { expected: ['images'], ends: [{ replica: 'images-0', how: 'ended with exit code 1 (no room)', at: new Date(now.getTime() - 4_000) }] }, [
    'error images: no images worker is running: images-0 ended with exit code 1 (no room), 4 s ago',
  ]],
  ['the only one is silent', { replicas: [replica('images-0', { health: 'silent' })] }, ['error images-0: process 42 does not answer']],
  ['one of two is silent', { replicas: [replica('images-0', { health: 'silent' }), replica('images-1')] }, [
    'warning images-0: process 42 does not answer',
    'ok images-1: process 42 serves',
  ]],
  ['an extra is silent', { replicas: [replica('icons-0', { health: 'silent' })] }, ['warning icons-0: process 42 does not answer']],
  ['one starts', { replicas: [replica('images-0', { health: 'starting' })] }, ['warning images-0: process 42 is there and not ready yet']],
  ['versions differ', { replicas: [replica('images-0', { version: '0.9.0' })] }, ['warning images-0: process 42 runs version 0.9.0, this worker 1.0.0']],
  ['one comes from the future', { replicas: [replica('images-0', { startedAt: new Date(now.getTime() + 60_000) })] }, [
    'warning images-0: process 42 began at 2026-01-01T00:01:00.000Z, which is to come: the clock was set back',
  ]],
  ['one was killed lately', { replicas: [replica('images-0')], ends: [{ replica: 'images-0', how: 'was ended by SIGKILL', at: new Date(now.getTime() - 60_000) }] }, [
    'warning images-0: process 42 serves; the one before it was ended by SIGKILL, 60 s ago',
  ]],
  ['one was killed long ago', { replicas: [replica('images-0')], ends: [{ replica: 'images-0', how: 'was ended by SIGKILL', at: new Date(0) }] }, [
    'ok images-0: process 42 serves',
  ]],
])('workers: %s', (_, change, expected) => {
  const found = judgeWorkers(workers(change));
  expect(brief(found)).toEqual(expected);
  expect(found.every(({ advice, severity }) => (advice === '') === (severity === 'ok'))).toBe(true);
});

const stream = { isDurable: true, events: 3, bytes: 900, maxBytes: 4_000, maxAge: 0 };
const state: BusState = { server: '2.9.10', stored: 900, stream };

test('ends are read in the order of time, of two replicas the last one is told', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ends-'));
  try {
    for (const [index, name] of ['images-0', 'images-10', 'images-9'].entries()) {
      const path = join(directory, `${name}.ended`);
      writeFileSync(path, `ended with exit code ${index}`);
      utimesSync(path, now, new Date(now.getTime() - index * 1_000));
    }
    writeFileSync(join(directory, 'images-0.pid'), '42');
    const ends = readEnds(directory);
    expect(ends.map(({ replica }) => replica)).toEqual(['images-9', 'images-10', 'images-0']);
    expect(brief(judgeWorkers(workers({ expected: ['images'], ends })))).toEqual([
      'error images: no images worker is running: images-0 ended with exit code 0, 0 s ago',
    ]);
    symlinkSync('gone', join(directory, 'volumes-0.ended'));
    expect(readEnds(directory)).toHaveLength(3);
    mkdirSync(join(directory, 'icons-0.ended'));
    expect(() => readEnds(directory)).toThrow('EISDIR');
  } finally {
    rmSync(directory, { recursive: true });
  }
  expect(readEnds(directory)).toEqual([]);
});

test.each<[string, Parameters<typeof judgeBus>[0]['state'], string[]]>([
  ['all is well', state, ['ok nats', 'ok jetstream', 'ok event log', 'ok outbox']],
  ['no answer', { failure: 'no answer within 1.5 s' }, ['error nats', 'ok outbox']],
  ['no JetStream', { server: '2.9.10' }, ['ok nats', 'error jetstream', 'ok outbox']],
  ['no stream', { server: '2.9.10', stored: 0 }, ['ok nats', 'ok jetstream', 'warning event log', 'ok outbox']],
  ['a stream in memory', { ...state, stream: { ...stream, isDurable: false } }, ['ok nats', 'ok jetstream', 'warning event log', 'ok outbox']],
])('bus: %s', (_, seen, expected) => {
  const found = judgeBus({ state: seen, waiting: new Map([['images', 0]]), log: '/log/nats-0.log' });
  expect(found.map(({ name, severity }) => `${severity} ${name}`)).toEqual(expected);
  expect(found.every(({ advice, severity }) => (advice === '') === (severity === 'ok'))).toBe(true);
});

test('bytes are told as people read them', () => {
  const messageOf = (maxBytes: number) => judgeBus({ state: { ...state, stream: { ...stream, maxBytes } }, waiting: new Map(), log: '' }).find(({ name }) => name === 'event log')?.message;
  expect([messageOf(4 * 2 ** 30), messageOf(-1)]).toEqual(['3 events take 900 B of 4.0 GiB', '3 events take 900 B']);
});

test('many events that wait are told', () => {
  const outbox = (waiting: [string, number][]): string => {
    const { severity, message } = judgeBus({ state, waiting: new Map(waiting), log: '' }).at(-1) ?? {};
    return `${severity}: ${message}`;
  };
  expect(outbox([['images', 0], ['containers', 5_000], ['volumes', 2]])).toBe('warning: 5002 events wait for the bus (containers 5000, volumes 2)');
  expect(outbox([['images', 1]])).toBe('ok: 1 events wait for the bus (images 1)');
  expect(outbox([])).toBe('unknown: no worker has said how many events wait for the bus');
});

test('the number is one of many that a worker tells', () => {
  expect(countIn('# TYPE arcbox_outbox_events gauge\narcbox_outbox_events{worker="images",node="n"} 12\nother 3\n')).toBe(12);
  expect(countIn('other 3\n')).toBeUndefined();
});
