import { hostPlatform, formatPlatform, parsePlatform } from '../../image/platform.ts';
import { unconsumedWarning } from './build-args.ts';
import { parseDockerfile, parseTriggers } from './parse.ts';
import { planStages, type StagePlan, stagesUsed } from './stages.ts';

const arm = parsePlatform('linux/arm64');

const plan = (text: string, target = '', args: Record<string, string> = {}): StagePlan =>
  planStages(parseDockerfile(text), { args: new Map(Object.entries(args)), target, platform: arm });

const baseOf = (text: string, args: Record<string, string> = {}): unknown => plan(text, '', args).target.base;
const needed = (text: string, target = ''): number[] => plan(text, target).stages.map(({ index }) => index);

describe('base', () => {
  it.each([
    ['FROM scratch', { kind: 'scratch' }],
    ['FROM alpine:3', { kind: 'image', reference: 'alpine:3' }],
    ['FROM a AS b\nFROM b', { kind: 'stage', index: 0 }],
    ['FROM a AS Builder\nFROM BUILDER', { kind: 'stage', index: 0 }],
    ['FROM a AS x\nFROM b AS x\nFROM x', { kind: 'stage', index: 1 }],
    [`FROM ${'a'.repeat(64)}`, { kind: 'image', reference: 'a'.repeat(64) }],
    ['FROM x AS x', { kind: 'image', reference: 'x' }],
    ['FROM a\nFROM 0', { kind: 'image', reference: '0' }],
    ['ARG v=3\nFROM alpine:$v', { kind: 'image', reference: 'alpine:3' }],
    ['ARG a=1\nARG b=${a}2\nFROM alpine:$b', { kind: 'image', reference: 'alpine:12' }],
    ['ARG v\nFROM alpine:${v:-edge}', { kind: 'image', reference: 'alpine:edge' }],
    ['ARG b=x\nFROM y AS x\nFROM $b', { kind: 'stage', index: 0 }],
    ['FROM r/$TARGETARCH', { kind: 'image', reference: 'r/arm64' }],
    ['ARG TARGETARCH\nFROM r/$TARGETARCH', { kind: 'image', reference: 'r/arm64' }],
  ])('%j', (text, base) => expect(baseOf(text)).toEqual(base));

  it('build arguments go before defaults', () => {
    expect(baseOf('ARG v=3\nFROM a:$v', { v: '4' })).toEqual({ kind: 'image', reference: 'a:4' });
    expect(baseOf('FROM a:${v:-x}', { v: '4' })).toEqual({ kind: 'image', reference: 'a:x' });
    expect(baseOf('FROM a:$TARGETARCH', { TARGETARCH: 'z' })).toEqual({ kind: 'image', reference: 'a:z' });
  });

  it.each([
    ['ARG v\nFROM $v', 'line 2: base name ($v) should not be blank'],
    ['FROM UPPER', 'line 1: invalid reference "UPPER"'],
    ['FROM --platform=$X a', 'line 1: empty platform value from expression $X'],
    ['FROM --platform=x a', 'line 1: invalid platform "x"'],
    ['FROM a\nFROM ${b', 'line 2: failed to process'],
  ])('refuses %j', (text, why) => expect(() => plan(text)).toThrow(why));

  it('a stage that nobody needs may be wrong', () => {
    expect(needed('FROM $nothing AS a\nFROM b')).toEqual([1]);
  });
});

describe('platform', () => {
  it.each([
    ['FROM a', 'linux/arm64'],
    ['FROM --platform=linux/amd64 a', 'linux/amd64'],
    ['FROM --platform=$BUILDPLATFORM a', formatPlatform(hostPlatform())],
    ['ARG p=linux/arm/v7\nFROM --platform=$p a', 'linux/arm/v7'],
  ])('%j', (text, platform) => expect(formatPlatform(plan(text).target.platform)).toBe(platform));
});

describe('needed stages', () => {
  const file = [
    'FROM a AS base',
    'FROM b AS tools',
    'FROM base AS one',
    'COPY --from=tools x y',
    'FROM c AS lone',
    'FROM d AS two',
    'RUN --mount=type=bind,from=one,target=/x ls',
    'COPY --from=image:1 x y',
    'COPY --from=0 x y',
  ].join('\n');

  it.each([
    ['', [0, 1, 2, 4]],
    ['two', [0, 1, 2, 4]],
    ['ONE', [0, 1, 2]],
    ['2', [0, 1, 2]],
    ['base', [0]],
    ['lone', [3]],
  ])('of %j are %j', (target, indexes) => expect(needed(file, target)).toEqual(indexes));

  it('say what they depend on', () => {
    expect(plan(file).stages.map(({ dependsOn }) => dependsOn)).toEqual([[], [], [0, 1], [0, 2]]);
  });

  it('an unknown target names what there is', () => {
    expect(() => plan(file, 'three')).toThrow(
      'target stage "three" could not be found; there is base, tools, one, lone, two',
    );
    expect(() => plan('FROM a', '1')).toThrow('target stage "1" could not be found; there is 0');
  });

  it.each([
    ['FROM a AS x\nCOPY --from=x a b', 'line 2: cannot take files from stage "x"'],
    ['FROM a\nCOPY --from=0 a b', 'cannot take files from stage "0"'],
    ['FROM a\nCOPY --from=y a b\nFROM c AS y', 'cannot take files from stage "y"'],
    ['FROM a\nRUN --mount=from=7,target=/x b', 'cannot take files from stage "7"'],
  ])('none comes later: %j', (text, why) => expect(() => plan(text, '0')).toThrow(why));

  it('triggers may need others', () => {
    const { target } = plan('FROM a AS x\nFROM b');
    expect(target.dependsOn).toEqual([]);
    expect(stagesUsed(parseTriggers(['COPY --from=x a b'], 2, '\\'), target.scope)).toEqual([0]);
  });
});

describe('build arguments', () => {
  const warningFor = (text: string, ...names: string[]): string | undefined => {
    const args = new Map(names.map((name) => [name, '1']));
    return unconsumedWarning(args, planStages(parseDockerfile(text), { args, target: '', platform: arm }).declaredArgs);
  };

  it('nobody looks at are told', () => {
    expect(warningFor('FROM a\nARG x', 'z', 'x', 'y')).toBe('One or more build-args [y z] were not consumed');
    expect(warningFor('FROM a AS b\nARG x\nFROM c', 'x')).toContain('[x]');
  });

  it.each([
    ['FROM a\nARG x', 'x'],
    ['ARG x\nFROM a', 'x'],
    ['FROM a', 'HTTP_PROXY'],
    ['FROM a', 'no_proxy'],
    ['FROM a', 'SOURCE_DATE_EPOCH'],
    ['FROM a', 'BUILDKIT_INLINE_CACHE'],
    ['FROM a', 'TARGETARCH'],
  ])('%j takes %s', (text, name) => expect(warningFor(text, name)).toBeUndefined());
});
