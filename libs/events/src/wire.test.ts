import { Event } from '@arcbox/proto/arcbox/v1/api';
import type { OutboxRow } from '@arcbox/store';
import { causeOf, encodeEvent, headersOf } from './wire.ts';

const limit = 1024 * 1024;

const event = (attributes: { [name: string]: string }): OutboxRow => {
  return { seq: 1, id: 'id', timeNano: 5n, type: 'container', action: 'start', actor: { id: 'c', attributes } };
};

describe('an event on the wire', () => {
  it('is whole when it fits', () => {
    const attributes = { name: 'web', label: 'x'.repeat(100_000) };
    expect(Event.decode(encodeEvent(event(attributes), limit))).toMatchObject({ type: 'container', action: 'start', actor: { id: 'c', attributes } });
  });

  it('loses its longest attributes when it does not, so that it goes out at all', () => {
    const labels = Object.fromEntries(Array.from({ length: 6_000 }, (_, i) => [`label-${i}`, 'é'.repeat(500)]));
    const message = encodeEvent(event({ huge: 'x'.repeat(2 * limit), ...labels, name: 'web', image: 'busybox' }), limit);
    const attributes = Event.decode(message).actor?.attributes ?? {};
    expect(message.length).toBeLessThan(limit - 10_000);
    expect(attributes).toMatchObject({ name: 'web', image: 'busybox' });
    expect(attributes['huge']).toBeUndefined();
    expect(Object.keys(attributes).length).toBeGreaterThan(900);
  });

  it('says in its headers which request it comes from, if any', () => {
    const cause = {
      requestId: 'r 1',
      method: '/arcbox.v1.ContainerService/Start',
      client: 'uid=0 pid=42 gid=0',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'a=b',
    };
    const headers = headersOf({ ...event({}), cause }, 'arcbox://node/containers');
    expect(headers.get('ce-requestid')).toBe('r 1');
    expect(headers.get('ce-method')).toBe('/arcbox.v1.ContainerService/Start');
    expect(headers.get('ce-client')).toBe('uid=0 pid=42 gid=0');
    expect(headers.get('traceparent')).toBe(cause.traceparent);
    expect(causeOf(headers)).toEqual(cause);
    expect(causeOf(headersOf(event({}), 'arcbox://node/containers'))).toBeUndefined();
    expect(causeOf(undefined)).toBeUndefined();
  });
});
