import type { PlannedContainer } from './plan.ts';
import { inOrder, startsAfter } from './start-order.ts';

const container = (name: string, after: string[] = [], labels = {}) => ({ name, after, order: { labels } }) as unknown as PlannedContainer;
const names = (containers: readonly PlannedContainer[]): string[] => inOrder(containers, ({ after }) => after).map(({ name }) => name);

test('each comes after all that it waits for, by name or as a service of Compose', () => {
  expect(names([container('web', ['db']), container('db'), container('other')])).toEqual(['db', 'web', 'other']);
  const labels = { 'com.docker.compose.project': 'p', 'com.docker.compose.service': 'cache' };
  expect(names([container('web', ['p/cache', 'gone']), container('p-cache-1', [], labels)])).toEqual(['p-cache-1', 'web']);
});

test('those that wait for each other come all the same', () => {
  expect(names([container('c', ['a']), container('a', ['b']), container('b', ['a'])])).toEqual(['b', 'a', 'c']);
});

test('links, what is shared and depends_on say what is waited for', () => {
  const labels = { 'com.docker.compose.project': 'p', 'com.docker.compose.depends_on': 'db:service_healthy:true,cache:service_started:false' };
  const said = { Config: { Labels: labels }, HostConfig: { Links: ['/mail:/web/mail'] }, NetworkSettings: { Networks: { back: { Links: ['db:database'] }, front: { Links: null } } } };
  expect(startsAfter(said, ['donor'])).toEqual(['donor', 'mail', 'db', 'p/db', 'p/cache']);
  expect(startsAfter({}, [])).toEqual([]);
});
