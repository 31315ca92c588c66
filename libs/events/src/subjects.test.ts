import { parseNatsUrl } from './bus.ts';
import { subjectOf, subjectsOf } from './subjects.ts';

describe('subjectOf', () => {
  it('puts type and action into one token each', () => {
    expect(subjectOf({ type: 'container', action: 'start' })).toBe('arcbox.events.v1.container.start');
    expect(subjectOf({ type: 'container', action: 'health_status: healthy' })).toBe('arcbox.events.v1.container.health_status__healthy');
    expect(subjectOf({ type: 'a.b', action: 'c.>' })).toBe('arcbox.events.v1.a_b.c__');
    expect(subjectOf({ type: '*', action: 'exec_create: sh -c "ü\r\n"' })).toBe('arcbox.events.v1._.exec_create__sh_-c______');
    expect(subjectOf({ type: '', action: '' })).toBe('arcbox.events.v1._._');
  });
});

describe('subjectsOf', () => {
  it('is the narrowest single pattern', () => {
    const all = 'arcbox.events.v1';
    expect(subjectsOf({})).toBeUndefined();
    expect(subjectsOf({ types: ['container', 'image'], actions: ['die', 'start'] })).toBeUndefined();
    expect(subjectsOf({ types: [], actions: [] })).toBeUndefined();
    expect(subjectsOf({ types: ['container'] })).toBe(`${all}.container.*`);
    expect(subjectsOf({ actions: ['die'] })).toBe(`${all}.*.die`);
    expect(subjectsOf({ types: ['container', 'network'], actions: ['die', 'die'] })).toBe(`${all}.*.die`);
    expect(subjectsOf({ types: ['container'], actions: ['die', 'start'] })).toBe(`${all}.container.*`);
    expect(subjectsOf({ types: ['container'], actions: ['a.b >'] })).toBe(`${all}.container.a_b__`);
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
