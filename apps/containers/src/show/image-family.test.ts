import { notFound } from '@arcbox/errors';
import { parseImageConfig } from '../create/image-config.ts';
import { imageFamilies } from './image-family.ts';

const layers = new Map([['base', ['1']], ['app', ['1', '2']], ['other', ['9']], ['scratch', []]]);

const images = {
  async resolve(name: string) {
    const diffIds = layers.get(name);
    if (!diffIds) throw notFound(`no such image: ${name}`);
    const config = parseImageConfig(Buffer.from(JSON.stringify({ rootfs: { diff_ids: diffIds } })), name);
    return { id: name, size: 0, config };
  },
};

test('an image is the ancestor of itself and of those that begin with its layers', async () => {
  const { signal } = new AbortController();
  const families = await imageFamilies(images, ['base', 'app', 'scratch', 'nothing'], [...layers.keys(), 'removed'], signal);
  const listed = [...families].map(([name, ids]) => [name, [...ids].sort()]);
  expect(listed).toEqual([['base', ['app', 'base']], ['app', ['app']], ['scratch', ['scratch']], ['nothing', []]]);
});
