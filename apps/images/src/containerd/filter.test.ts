import { entryAt, type Fields, parseFilters } from './filter.ts';

interface Thing {
  readonly name: string;
  readonly other?: string;
  readonly labels?: { readonly [key: string]: string };
}

const things: readonly Thing[] = [
  { name: 'a', labels: { tier: 'web' } },
  { name: 'b' },
  { name: 'a', labels: { tier: 'db', 'a key': 'x' } },
  { name: 'c', labels: { 'back\\slash and "quote"': 'x' } },
  { name: 'd', labels: { 'back\\slash and "quote".more': 'x' } },
  { name: 'e', other: 'words, with commas' },
  { name: 'docker.io/library/busybox:1.36', labels: { empty: '', 'a.b.c': 'v-1.2_3' } },
];

const fieldsOf =
  ({ name, other, labels = {} }: Thing): Fields =>
  ([first, ...rest]) =>
    first === 'labels' ? entryAt(labels, rest) : first === 'name' ? name : first === 'other' ? other : undefined;

const all = things.map((_, index) => index);

it.each<[entries: string[], selected: number[]]>([
  [[], all],
  [[''], all],
  [['name==nothing', ''], all],
  [['name'], all],
  [['unknown'], []],
  [['unknown.deep==x'], []],
  [['unknown!=x'], all],
  [['name==a'], [0, 2]],
  [['name!=a'], [1, 3, 4, 5, 6]],
  [['name==a', 'name==b'], [0, 1, 2]],
  [['labels.tier'], [0, 2]],
  [['labels.tier,name'], [0, 2]],
  [['labels.tier==db'], [2]],
  [['labels.tier!=db'], [0, 1, 3, 4, 5, 6]],
  [['name==a,labels.tier==web'], [0]],
  [['name==a,labels.tier==nothing'], []],
  [['labels."a key"'], [2]],
  [['"labels"."tier"=="web"'], [0]],
  [[String.raw`labels."back\\slash and \"quote\""==x`], [3]],
  [[String.raw`labels."back\\slash and \"quote\"".more==x`], [4]],
  [['labels.a.b.c==v-1.2_3'], [6]],
  [['labels."a.b.c"'], [6]],
  [['labels.a."b.c"'], [6]],
  [['labels.empty'], [6]],
  [['name==docker.io/library/busybox:1.36'], [6]],
  [['other=="words, with commas"'], [5]],
  [[String.raw`other=="\x77\157rds, \u0077ith \U00000063ommas"`], [5]],
  [['other~=[wx]o+,name!=a'], [5]],
  [['other~=/o{1,2}/'], [5]],
  [['other~=|, |'], [5]],
  [[String.raw`other~=/[w]{0,1}"\//`], []],
  [['name~="^[ab]$"'], [0, 1, 2]],
  [[String.raw`name~=^docker\.io/.*:1`], [6]],
  [[String.raw`name~=\.io/`], [6]],
  [[String.raw`name~="\\.io/"`], [6]],
  [['name~=(?i)^DOCKER'], [6]],
  [['unknown~=^$'], all],
  [['name== a'], [0, 2]],
  [[' name ==a, labels.tier'], [0, 2]],
  [['name==a=b'], []],
])('%j selects %j', (entries, selected) => {
  const filter = parseFilters(entries);
  expect(all.filter((index) => filter(fieldsOf(things[index] as Thing)))).toEqual(selected);
});

it.each<[entry: string, problem: string]>([
  ['name==', 'a value was expected at character 7'],
  ['name==a,', 'a field was expected at character 9'],
  ['labels.', 'a field was expected at character 8'],
  [',name', 'a field was expected'],
  ['name~=,id?=?x', 'a value was expected'],
  ['name=a', 'unknown operator ='],
  ['name===a', 'unknown operator ==='],
  ['name a', 'an operator was expected'],
  ['name ', 'an operator was expected'],
  ['name== =a', 'a value was expected'],
  ['name==.a', 'a value was expected'],
  ['name==a b', 'a comma was expected'],
  ['name==a ,labels', 'a comma was expected'],
  ['name=="a"b', 'a comma was expected'],
  ['name=="a', 'the quotes are not closed'],
  ['name=="a\n"', 'a line ends within quotes'],
  ['labels.ns/key==v', 'an operator was expected'],
  ['labels.|a|==v', 'a field was expected'],
  ['labels.?"a"==v', 'a field was expected'],
  ['name==/a/', 'only double quotes are allowed here'],
  ['name~=/a', 'the quotes are not closed'],
  [String.raw`name~=/\d/`, 'unknown escape'],
  [String.raw`name=="\'"`, 'unknown escape'],
  [String.raw`name=="\xg0"`, 'bad number in an escape'],
  [String.raw`name=="\777"`, 'no such byte'],
  [String.raw`name=="\U00110000"`, 'no such character'],
  ['name==\0', 'a character that is not allowed'],
  ['name~=(a', 'missing closing )'],
  ['name~=(?=a)', 'invalid or unsupported Perl syntax'],
  ['name~=/(((a{100}){100}){100})/', 'invalid repeat count'],
  [`name~=${'a'.repeat(1_001)}`, 'longer than 1000 characters'],
])('%j is refused: %s', (entry, problem) => {
  expect(() => parseFilters(['name==fine', entry])).toThrow(expect.objectContaining({ kind: 'invalid-argument', message: expect.stringContaining(problem) }));
});

it('refuses filters without end', () => {
  expect(() => parseFilters(Array(2_000).fill('name==aaaa'))).toThrow('filters are longer than 16384 characters');
});

it('matches in time that grows with the text, whatever the expression', () => {
  const filter = parseFilters(['name~=^(a|aa)+$', 'name~=^(a+)+$', 'name~=(.*a){20}b']);
  expect(filter(fieldsOf({ name: `${'a'.repeat(500)}!` }))).toBe(false);
});
