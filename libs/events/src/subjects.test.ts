import { parseNatsUrl } from './bus.ts';
import { subjectOf } from './subjects.ts';

describe('subjectOf', () => {
  it('puts type and action into one token each', () => {
    expect(subjectOf({ type: 'container', action: 'start' })).toBe('arcbox.events.v1.container.start');
    expect(subjectOf({ type: 'container', action: 'health_status: healthy' })).toBe('arcbox.events.v1.container.health_status__healthy');
    expect(subjectOf({ type: 'a.b', action: 'c.>' })).toBe('arcbox.events.v1.a_b.c__');
    expect(subjectOf({ type: '*', action: 'exec_create: sh -c "ü\r\n"' })).toBe('arcbox.events.v1._.exec_create__sh_-c______');
    expect(subjectOf({ type: '', action: '' })).toBe('arcbox.events.v1._._');
  });
});

describe('parseNatsUrl', () => {
  it('takes servers and credentials apart', () => {
    expect(parseNatsUrl('nats://127.0.0.1:4222')).toEqual({ servers: ['127.0.0.1:4222'] });
    expect(parseNatsUrl('localhost:4222')).toEqual({ servers: ['localhost:4222'] });
    expect(parseNatsUrl('nats://t%40ken@h:1')).toEqual({ servers: ['h:1'], token: 't@ken' });
    expect(parseNatsUrl('nats://me:p%3Aw@a:1,nats://b:2')).toEqual({ servers: ['a:1', 'b:2'], user: 'me', pass: 'p:w' });
  });
});
