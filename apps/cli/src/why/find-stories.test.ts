import type { Fact } from './fact.ts';
import { findStories, parseName, type ReadFacts } from './find-stories.ts';

const [first, second, image] = ['aa'.repeat(32), 'ab'.repeat(32), `sha256:${'e'.repeat(64)}`];

let clock = 0n;
const fact = (type: string, action: string, id: string, attributes: Record<string, string>): Fact => ({ timeNano: ++clock, type, action, id, attributes });

const log = [
  fact('image', 'pull', image, { name: 'nginx:latest' }),
  fact('image', 'tag', image, { name: 'web-server:1' }),
  fact('container', 'create', first, { name: 'old', image: 'nginx' }),
  fact('network', 'connect', 'n'.repeat(64), { name: 'bridge', type: 'bridge', container: first }),
  fact('network', 'connect', 'n'.repeat(64), { name: 'bridge', type: 'bridge', container: 'ef'.repeat(32) }),
  fact('container', 'rename', first, { name: 'web', image: 'nginx', oldName: '/old' }),
  fact('container', 'die', first, { name: 'web', image: 'nginx', exitCode: '0' }),
  fact('container', 'destroy', first, { name: 'web', image: 'nginx' }),
  fact('volume', 'create', 'web', { name: 'web', driver: 'local' }),
  fact('container', 'create', second, { name: 'web', image: 'nginx' }),
  fact('image', 'delete', image, { name: image }),
];

/** As the engine answers. */
const read: ReadFacts = async (filters, isWanted = () => true) =>
  log.filter(isWanted).filter((entry) =>
    Object.entries(filters).every(([key, list]) => {
      const values = list.split(',');
      if (key === 'type') return values.includes(entry.type);
      if (key === 'event') return values.includes(entry.action);
      const names = [entry.attributes['name'], entry.attributes['name']?.replace(/:.*/, '')];
      const isIt = entry.type === key && values.some((value) => entry.id.startsWith(value) || names.includes(value));
      return isIt || (key === 'image' && entry.type === 'container' && values.includes(entry.attributes['image'] ?? ''));
    }),
  );

const found = async (text: string): Promise<string[]> => {
  const { name, types } = parseName(text, undefined);
  const { stories } = await findStories(read, name, types);
  return stories.map((story) => `${story.type} ${story.name} ${story.id.slice(0, 9)}: ${story.facts.map(({ type, action }) => (type === story.type ? action : `${type} ${action}`)).join(', ')}`);
};

describe('what is found in the log', () => {
  it('is everything of a name, that something has last happened to last, with what it was called before', async () => {
    expect(await found('web')).toEqual([
      'container web aaaaaaaaa: create, network connect, rename, die, destroy',
      'volume web web: create',
      'container web ababababa: create',
    ]);
  });

  it('is of one kind where that is said', async () => {
    expect(await found('volume/web')).toEqual(['volume web web: create']);
    expect(parseName('a/b', undefined)).toMatchObject({ name: 'a/b' });
    expect(parseName('volume/web', 'image')).toEqual({ name: 'volume/web', types: ['image'] });
    expect(parseName('/web', undefined).name).toBe('web');
  });

  it('is also found by the name that it had, by id, and by the beginning of an id', async () => {
    const whole = ['container web aaaaaaaaa: create, network connect, rename, die, destroy'];
    expect(await found('old')).toEqual(whole);
    expect(await found(first)).toEqual(whole);
    expect(await found('aaa')).toEqual(whole);
  });

  it('is an image with the containers that were made from it', async () => {
    expect(await found('nginx')).toEqual(['image nginx:latest sha256:ee: pull, tag, container create, container destroy, container create, delete']);
  });

  it('is an image under the name that it is asked for by', async () => {
    expect((await found('web-server')).map((story) => story.slice(0, 25))).toEqual(['image web-server:1 sha256']);
    expect((await found('nginx')).map((story) => story.slice(0, 18))).toEqual(['image nginx:latest']);
  });

  it('is nothing, or too much', async () => {
    await expect(found('nobody')).rejects.toThrow('no such container, image, network, volume in the event log: nobody');
    await expect(found('container/a')).rejects.toThrow(`id prefix a is ambiguous: ${first.slice(0, 12)}, ${second.slice(0, 12)}`);
    await expect(found('a,b')).rejects.toThrow('not a name: "a,b"');
    await expect(found('volume/')).rejects.toThrow('not a name: ""');
  });

  it('knows what containers are called', async () => {
    const { nameOf } = await findStories(read, 'web', ['container']);
    expect([nameOf(first), nameOf('c'.repeat(64))]).toEqual(['web', 'c'.repeat(12)]);
  });
});
