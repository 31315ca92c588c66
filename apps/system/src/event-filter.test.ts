import { type EngineEvent, parseEventFilter } from './event-filter.ts';

const id = 'ab'.repeat(32);

function event(type: string, action: string, attributes: Record<string, string> = {}, actor = id): EngineEvent {
  return { type, action, actor: { id: actor, attributes }, timeNano: 1n };
}

const die = event('container', 'die', { name: 'web', image: 'nginx:1.27', exitCode: '3', tier: 'front' });

test('no filter lets everything pass', () => {
  expect(parseEventFilter({})(die)).toBe(true);
});

test.each<[Record<string, string>, boolean]>([
  [{ type: 'container' }, true],
  [{ type: 'image, container' }, true],
  [{ type: 'image' }, false],
  [{ action: 'die' }, true],
  [{ event: 'start,die' }, true],
  [{ event: 'start' }, false],
  [{ type: 'container', event: 'start' }, false],
  [{ container: 'web' }, true],
  [{ container: '/web' }, true],
  [{ container: 'we' }, false],
  [{ container: 'abab' }, true],
  [{ container: 'other,web' }, true],
  [{ network: 'web' }, false],
  [{ image: 'nginx:1.27' }, true],
  [{ image: 'nginx' }, true],
  [{ image: 'redis' }, false],
  [{ label: 'tier' }, true],
  [{ label: 'tier=front' }, true],
  [{ label: 'tier=front,exitCode=3' }, true],
  [{ label: 'tier=front,missing' }, false],
  [{ label: 'tier=back' }, false],
])('%j on the death of a container: %s', (filters, expected) => {
  expect(parseEventFilter(filters)(die)).toBe(expected);
});

test('an image is found by name, id, beginning of the id and repository with a port', () => {
  const pull = event('image', 'pull', { name: 'localhost:5000/app:1' }, `sha256:${id}`);
  const found = ['localhost:5000/app:1', 'localhost:5000/app', 'sha256:abab', 'ababab'].map((image) => parseEventFilter({ image })(pull));
  expect(found).toEqual([true, true, true, true]);
  expect(parseEventFilter({ image: 'localhost' })(pull)).toBe(false);
});

test('an action with details is found by its first word', () => {
  const check = event('container', 'health_status: healthy');
  expect(parseEventFilter({ event: 'health_status' })(check)).toBe(true);
  expect(parseEventFilter({ event: 'health' })(check)).toBe(false);
});

test.each([
  [{ colour: 'red' }, 'unknown events filter: colour'],
  [{ toString: 'x' }, 'unknown events filter: toString'],
  [{ type: 'container,spaceship' }, 'events filter type: no such type: spaceship'],
  [{ event: ' , ' }, 'events filter event has no value'],
])('%j is refused', (filters, message) => {
  expect(() => parseEventFilter(filters)).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});
