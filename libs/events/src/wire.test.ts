import { Event } from '@arcbox/proto/arcbox/v1/api';
import type { OutboxRow } from '@arcbox/store';
import { encodeEvent } from './wire.ts';

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
});
