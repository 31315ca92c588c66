import { type EngineEvent, parseEventFilter } from './event-filter.ts';

const id = 'ab'.repeat(32);

function event(type: string, action: string, attributes: Record<string, string> = {}, actor = id): EngineEvent {
  return { type, action, actor: { id: actor, attributes }, timeNano: 1n };
}

const die = event('container', 'die', { name: 'web', image: 'nginx:1.27', exitCode: '3', tier: 'front', list: 'a, b' });

test('no filter lets everything pass', () => {
  expect(parseEventFilter({}).matches(die)).toBe(true);
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
  [{ container: 'we' }, true],
  [{ container: 'eb' }, false],
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
  [{ label: 'list=a, b,tier' }, true],
  [{ label: 'list=a' }, false],
  [{ label: 'constructor' }, false],
])('%j on the death of a container: %s', (filters, expected) => {
  expect(parseEventFilter(filters).matches(die)).toBe(expected);
});

test('an image is found by name, id, beginning of the id and repository with a port', () => {
  const pull = event('image', 'pull', { name: 'localhost:5000/app:1' }, `sha256:${id}`);
  const found = ['localhost:5000/app:1', 'localhost:5000/app', 'sha256:abab', 'ababab'].map((image) => parseEventFilter({ image }).matches(pull));
  expect(found).toEqual([true, true, true, true]);
  expect(parseEventFilter({ image: 'localhost' }).matches(pull)).toBe(false);
});

test('an action is found by its word, and by what docker writes with its details', () => {
  const check = event('container', 'health_status', { health_status: 'healthy' });
  const exec = event('container', 'exec_create', { execCommand: 'sh -c exit 3' });
  const find = (of: EngineEvent, values: string[]): boolean[] => values.map((value) => parseEventFilter({ event: value }).matches(of));
  expect(find(check, ['health_status', 'health_status: healthy', 'health_status: unhealthy', 'health'])).toEqual([true, true, false, false]);
  expect(find(exec, ['exec_create', 'exec_create: sh -c exit 3', 'exec_create: sh', 'exec_start'])).toEqual([true, true, false, false]);
});

test('everything here is local', () => {
  expect(['local', 'swarm', 'swarm,local'].map((scope) => parseEventFilter({ scope }).matches(die))).toEqual([true, false, true]);
});

const all = 'arcbox.events.v1';
test.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{ label: 'tier', scope: 'local' }, undefined],
  [{ container: 'web' }, undefined],
  [{ network: 'web' }, `${all}.network.*`],
  [{ container: 'web', event: 'die' }, `${all}.container.die`],
  [{ event: 'die' }, `${all}.*.die`],
  [{ event: 'die,start', action: 'start' }, `${all}.*.start`],
  [{ event: 'health_status: healthy,health_status' }, `${all}.*.health_status`],
  [{ image: 'nginx' }, undefined],
  [{ image: 'nginx', type: 'image' }, `${all}.image.*`],
  [{ image: 'nginx', container: 'web' }, undefined],
  [{ type: 'network,volume' }, undefined],
  [{ type: 'network', volume: 'data' }, undefined],
])('the bus is asked for no more than %j needs: %s', (filters, subjects) => {
  expect(parseEventFilter(filters).subjects).toBe(subjects);
});

test.each<[Record<string, string>, string[] | undefined]>([
  [{ event: 'die', type: 'container' }, undefined],
  [{ event: 'die', container: '/web,db' }, ['web', 'db']],
  [{ label: 'tier=front,other' }, ['tier']],
  [{ image: 'nginx' }, ['nginx']],
])('what matches %j has one of %j in it', (filters, texts) => {
  expect(parseEventFilter(filters).texts).toEqual(texts);
});

test.each([
  [{ colour: 'red' }, 'unknown events filter: colour'],
  [{ plugin: 'x' }, 'unknown events filter: plugin'],
  [{ toString: 'x' }, 'unknown events filter: toString'],
  [{ type: 'container,spaceship' }, 'events filter type: no such type: spaceship'],
  [{ event: ' , ' }, 'events filter event has no value'],
])('%j is refused', (filters, message) => {
  expect(() => parseEventFilter(filters)).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});
