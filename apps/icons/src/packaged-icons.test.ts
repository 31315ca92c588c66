import { brands, slugOf } from './brands.ts';
import { packagedIcon } from './packaged-icons.ts';

it.each(Object.entries(brands))('there is a packaged picture for %s, called %s', (image, slug) => {
  expect(slugOf(image)).toBe(slug);
  expect(packagedIcon(slug)).toMatch(/^data:image\/svg\+xml;base64,/);
});

it.each([
  ['c++', 'cplusplus'],
  ['.net', 'dotnet'],
  ['at&t', 'atandt'],
  ['my-app_2', 'myapp2'],
])('the slug of %s is %s', (name, slug) => expect(slugOf(name)).toBe(slug));

it.each(['', '..', '../package', 'no-such-brand', 'nosuchbrand'])('there is none for %j', (slug) => {
  expect(packagedIcon(slug)).toBeUndefined();
});
