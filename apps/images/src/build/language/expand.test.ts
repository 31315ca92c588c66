import { expandWord, expandWords } from './expand.ts';

const variables: Record<string, string> = {
  HOME: '/root',
  EMPTY: '',
  PATHS: 'a/b/c.tar.gz',
  SPACED: ' x  y ',
  STARS: 'a*b?c',
  日本: '語',
};
const lookup = (name: string): string | undefined => variables[name];
const expand = (word: string, escape: '\\' | '`' = '\\'): string => expandWord(word, lookup, { escape });

describe('variables', () => {
  it.each([
    ['$HOME', '/root'],
    ['${HOME}', '/root'],
    ['a$HOME-b', 'a/root-b'],
    ['$HOMEb', ''],
    ['${HOME}b', '/rootb'],
    ['$NONE', ''],
    ['$日本', '語'],
    ['$', '$'],
    ['$.', '$.'],
    ['$$', ''],
    ['$1x', 'x'],
    ['\\$HOME', '$HOME'],
    ['\\\\$HOME', '\\/root'],
    ['"$HOME"', '/root'],
    ["'$HOME'", '$HOME'],
    ['"a\'$HOME\'"', "a'/root'"],
  ])('%s is %j', (word, value) => expect(expand(word)).toBe(value));

  it.each([
    ['${NONE-d}', 'd'],
    ['${NONE:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${EMPTY:-d}', 'd'],
    ['${HOME:-d}', '/root'],
    ['${NONE:-}', ''],
    ['${NONE:-$HOME/x}', '/root/x'],
    ['${NONE:-${EMPTY:-deep}}', 'deep'],
    ['${NONE:-a b}', 'a b'],
    ['${NONE:-"}"}', '}'],
    ['${NONE:-\\}}', '}'],
    ['${HOME+a}', 'a'],
    ['${EMPTY+a}', 'a'],
    ['${EMPTY:+a}', ''],
    ['${NONE+a}', ''],
    ['${HOME?}', '/root'],
    ['${EMPTY?}', ''],
    ['${HOME:?gone}', '/root'],
  ])('%s is %j', (word, value) => expect(expand(word)).toBe(value));

  it.each([
    ['${PATHS#*/}', 'b/c.tar.gz'],
    ['${PATHS##*/}', 'c.tar.gz'],
    ['${PATHS%.*}', 'a/b/c.tar'],
    ['${PATHS%%.*}', 'a/b/c'],
    ['${PATHS#x}', 'a/b/c.tar.gz'],
    ['${PATHS%?}', 'a/b/c.tar.g'],
    ['${PATHS/a/x}', 'x/b/c.tar.gz'],
    ['${PATHS//a/x}', 'x/b/c.txr.gz'],
    ['${PATHS//\\//-}', 'a-b-c.tar.gz'],
    ['${PATHS/.*/}', 'a/b/c'],
    ['${PATHS//?/.}', '............'],
    ['${PATHS/none/x}', 'a/b/c.tar.gz'],
    ['${STARS#a\\*}', 'b?c'],
    ['${STARS%\\?c}', 'a*b'],
    ['${STARS/\\*/+}', 'a+b?c'],
    ['${NONE#x}', ''],
    ['${PATHS/a/$1}', '/b/c.tar.gz'],
  ])('%s is %j', (word, value) => expect(expand(word)).toBe(value));

  it.each([
    ['${HOME', "missing '}'"],
    ['${', "missing '}'"],
    ['${}', 'bad substitution'],
    ['${:-x}', 'bad substitution'],
    ['${{HOME}}', 'bad substitution'],
    ['${NONE:-x', "missing '}'"],
    ['${HOME:=x}', 'unsupported modifier (:=)'],
    ['${HOME^}', 'unsupported modifier (^)'],
    ['${HOME:#x}', 'unsupported modifier (:#)'],
    ['${HOME/x}', "missing '/'"],
    ['${NONE?}', 'NONE: is not allowed to be unset'],
    ['${NONE:?}', 'NONE: is not allowed to be unset'],
    ['${EMPTY:?}', 'EMPTY: is not allowed to be empty'],
    ['${NONE?say $HOME}', 'NONE: say /root'],
    ['${PATHS#\\a}', "invalid escape '\\a'"],
    ["'a", 'single-quote'],
    ['"a', 'double-quote'],
  ])('refuses %s', (word, why) => expect(() => expand(word)).toThrow(why));
});

describe('quotes and escapes', () => {
  it.each([
    ['a\\ b', 'a b'],
    ['a\\b', 'ab'],
    ['a\\', 'a'],
    ['"a\\b"', 'a\\b'],
    ['"a\\"b"', 'a"b'],
    ['"a\\\\b"', 'a\\b'],
    ['"\\$HOME"', '$HOME'],
    ["'a\\'", 'a\\'],
    ['"it\'s"', "it's"],
    ['a"b c"\'d e\'f', 'ab cd ef'],
    ['""', ''],
    ['<<EOF', '<<EOF'],
  ])('%s is %j', (word, value) => expect(expand(word)).toBe(value));

  it.each([
    ['C:\\dir', 'C:\\dir'],
    ['a` b', 'a b'],
    ['`$HOME', '$HOME'],
    ['"`$HOME\\$HOME"', '$HOME\\/root'],
  ])('%s is %j when the escape is a backtick', (word, value) => expect(expand(word, '`')).toBe(value));

  it.each([
    ['"$HOME"', '"/root"'],
    ["it's $HOME", "it's /root"],
    ['\\$HOME \\\\ \\x', '$HOME \\ x'],
  ])('in a heredoc %s is %j', (text, value) =>
    expect(expandWord(text, lookup, { escape: '\\', keepsQuotes: true })).toBe(value),
  );
});

describe('words', () => {
  it.each([
    ['a b', ['a', 'b']],
    ['$SPACED', ['x', 'y']],
    ['"$SPACED"', [' x  y ']],
    ['a$SPACED$HOME', ['a', 'x', 'y', '/root']],
    ['a\\ b', ['a b']],
    ['$NONE', []],
    ['"" a', ['a']],
  ])('%s are %j', (text, words) => expect(expandWords(text, lookup, { escape: '\\' })).toEqual(words));
});

describe('bounds', () => {
  it('takes no value that doubled too often', () => {
    const large = 'x'.repeat(5_000_000);
    expect(() => expandWord('$x$x', () => large, { escape: '\\' })).toThrow('a value is longer than');
  });

  it('matches a pattern of many stars', () => {
    const value = 'a'.repeat(20_000);
    expect(expandWord(`\${x#${'*a'.repeat(20)}*b}`, () => value, { escape: '\\' })).toBe(value);
  });
});
