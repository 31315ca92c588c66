import { hasLabel, hasLabels, labelsIn } from './labels.ts';

const labels = { tier: 'front', 'example.com/list': 'a, b=c,', empty: '' };

it.each<[string, string[]]>([
  ['', []],
  [' , ,', []],
  ['tier', ['tier']],
  ['tier=front, other ,x=y', ['tier=front', 'other', 'x=y']],
  ['example.com/list=a, b=c,', ['example.com/list=a, b=c,']],
  ['tier,example.com/list=a, b=c,,empty=', ['tier', 'example.com/list=a, b=c,', 'empty=']],
  ['example.com/list=a, b=d', ['example.com/list=a', 'b=d']],
  ['tier=frontier', ['tier=frontier']],
  ['constructor=x', ['constructor=x']],
])('the labels in %j', (list, expected) => expect([...labelsIn(list, labels)]).toEqual(expected));

it.each<[string, boolean]>([
  ['tier', true],
  ['tier=front', true],
  ['tier=', false],
  ['empty=', true],
  ['example.com/list=a, b=c,', true],
  ['constructor', false],
  ['', false],
])('%j is there: %s', (wanted, expected) => expect(hasLabel(labels, wanted)).toBe(expected));

it.each<[string, boolean]>([
  ['tier,example.com/list=a, b=c,', true],
  ['tier,other', false],
  ['', false],
])('all of %j: %s', (list, expected) => expect(hasLabels(labels, list)).toBe(expected));
