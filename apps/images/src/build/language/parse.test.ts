import { parseDockerfile, parseTriggers } from './parse.ts';

const inStage = (...lines: string[]) =>
  parseDockerfile(['FROM scratch', ...lines].join('\n')).stages[0]?.instructions ?? [];
const only = (...lines: string[]): unknown => {
  const [instruction, ...more] = inStage(...lines);
  expect(more).toEqual([]);
  const { line: _line, text: _text, ...rest } = instruction ?? { line: 0, text: '' };
  return rest;
};
const shellOf = (...lines: string[]): unknown => (only(...lines) as { command: { shell: string } }).command.shell;

describe('lines', () => {
  it.each([
    ['a continuation', ['RUN a \\', '  b'], 'a   b'],
    ['spaces after it', ['RUN a \\  ', 'b'], 'a b'],
    ['a comment in it', ['RUN a \\', '# no', '  # nor this \\', 'b'], 'a b'],
    ['an empty line in it', ['RUN a \\', '', 'b'], 'a b'],
    ['an escaped escape', ['RUN a \\\\'], 'a \\\\'],
    ['one at the end of the file', ['RUN a \\'], 'a'],
    ['a # that is no comment', ['RUN a # b'], 'a # b'],
    ['carriage returns', ['RUN a \\\r', 'b\r'], 'a b'],
    ['a keyword alone on its line', ['RUN \\', 'a'], 'a'],
    ['lower case', ['run a'], 'a'],
    ['a tab after the keyword', ['RUN\ta'], 'a'],
    ['spaces before it', ['   RUN a'], 'a'],
  ])('%s', (_, lines, shell) => expect(shellOf(...lines)).toBe(shell));

  it('counts lines as the file does', () => {
    const instructions = inStage('', '# c', 'RUN a \\', ' b', 'RUN <<E', 'x', 'E', 'USER x');
    expect(instructions.map(({ line, text }) => [line, text])).toEqual([
      [4, 'RUN a  b'],
      [6, 'RUN <<E'],
      [9, 'USER x'],
    ]);
  });

  it('warns of an empty line in a continuation', () => {
    expect(parseDockerfile('FROM a\nRUN a \\\n\n b').warnings).toEqual([expect.stringContaining('(line 2)')]);
  });

  it('passes over a byte order mark', () => expect(parseDockerfile('\uFEFFFROM a').stages).toHaveLength(1));
});

describe('directives', () => {
  const file = (head: string) => parseDockerfile(`${head}\nFROM a\nRUN x \`\ny`);

  it('choose the escape', () => {
    expect(file('# escape=`').stages[0]?.instructions).toHaveLength(1);
    expect(file('#syntax=docker/dockerfile:1\n# check=skip=all\n#Escape = `').escape).toBe('`');
  });

  it.each(['# a comment\n# escape=`', '\n# escape=`', '# other=1\n# escape=`'])('count only at the head: %j', (head) =>
    expect(() => file(head)).toThrow('unknown instruction: Y'),
  );

  it.each([
    ['# escape=`\n# escape=`', 'line 2: only one escape'],
    ['# escape=x', "line 1: invalid escape token 'x'"],
  ])('refuses %j', (head, why) => expect(() => file(head)).toThrow(why));

  it('a directive below an instruction is a comment', () => {
    expect(parseDockerfile('FROM a\n# escape=`').escape).toBe('\\');
  });
});

describe('heredocs', () => {
  const body = (...lines: string[]): unknown => (only(...lines) as { heredocs: unknown }).heredocs;
  const heredoc = { name: 'E', body: 'x\n', expands: true, stripsTabs: false };

  it.each([
    ['plain', ['RUN <<E', 'x', 'E'], heredoc],
    ['with a space', ['RUN << E', 'x', 'E'], heredoc],
    ['quoted', ['RUN <<"E"', 'x', 'E'], { ...heredoc, expands: false }],
    ['partly quoted', ["RUN <<'E'F", 'x', 'EF'], { ...heredoc, name: 'EF', expands: false }],
    ['quoted with a space', ['RUN <<"E F"', 'x', 'E F'], { ...heredoc, name: 'E F', expands: false }],
    ['with tabs', ['RUN <<-E', 'x', '\t\tE'], { ...heredoc, stripsTabs: true }],
    ['for a descriptor', ['RUN python3 3<<E', 'x', 'E'], heredoc],
    ['after a command', ['RUN cat <<E | sh', 'x', 'E'], heredoc],
    [
      'with what looks like instructions',
      ['RUN <<E', 'FROM x', '# c', '\\', 'E'],
      { ...heredoc, body: 'FROM x\n# c\n\\\n' },
    ],
    ['after a continuation', ['RUN a \\', ' <<E', 'x', 'E'], heredoc],
    ['empty', ['RUN <<E', 'E'], { ...heredoc, body: '' }],
    ['with carriage returns', ['RUN <<E\r', 'x\r', 'E\r'], { ...heredoc, body: 'x\r\n' }],
  ])('%s', (_, lines, expected) => expect(body(...lines)).toEqual([expected]));

  it('several follow one another', () => {
    expect(body('RUN cat <<A >a && cat <<B >b', '1', 'A', '2', 'B')).toEqual([
      { ...heredoc, name: 'A', body: '1\n' },
      { ...heredoc, name: 'B', body: '2\n' },
    ]);
  });

  it.each([
    ['a string of the shell', 'RUN cat <<<E'],
    ['quotes around it', 'RUN echo "<<E"'],
    ['JSON', 'RUN ["cat", "<<E"]'],
    ['no word', 'RUN cat <<'],
  ])('%s is none', (_, line) => expect(body(line)).toEqual([]));

  it.each(['CMD cat <<E', 'ENV A=<<E', 'LABEL a=<<E'])('%s has none', (line) => expect(inStage(line)).toHaveLength(1));

  it('says which does not end', () => {
    expect(() => inStage('RUN a', 'RUN <<E', 'x')).toThrow('dockerfile parse error on line 3: unterminated heredoc E');
  });
});

describe('forms', () => {
  it.each([
    ['CMD ["a", "b c"]', { command: { exec: ['a', 'b c'] } }],
    ['CMD [ "\\u0041\\n" ] ', { command: { exec: ['A\n'] } }],
    ['CMD []', { command: { exec: [] } }],
    ["CMD ['a']", { command: { shell: "['a']" } }],
    ['CMD ["a"', { command: { shell: '["a"' } }],
    ['CMD ["a"] b', { command: { shell: '["a"] b' } }],
    ['CMD "a"', { command: { shell: '"a"' } }],
    ['VOLUME ["/a", "/b c"]', { items: ['/a', '/b c'] }],
    ['VOLUME /a  /b', { items: ['/a', '/b'] }],
    ['EXPOSE 80 $p', { items: ['80', '$p'] }],
    ['ENV a=b c="d e" f=g\\ h', { pairs: [pair('a', 'b'), pair('c', '"d e"'), pair('f', 'g\\ h')] }],
    ['ENV a', 'ENV must have two arguments'],
    ['ENV a b=c  d', { pairs: [pair('a', 'b=c  d')] }],
    ['ENV a=', { pairs: [pair('a', '')] }],
    ['ENV a=b c', 'can\'t find = in "c"'],
    ['ENV =b', 'ENV names can not be blank'],
    ['LABEL "a b"="c=d"', { pairs: [pair('"a b"', '"c=d"')] }],
    ['ARG a b=c', { args: [{ name: 'a' }, { name: 'b', value: 'c' }] }],
    ['ARG =c', 'ARG names can not be blank'],
    ['HEALTHCHECK none', { healthcheck: { Test: ['NONE'] } }],
    ['HEALTHCHECK CMD a b', { healthcheck: { Test: ['CMD-SHELL', 'a b'] } }],
    [
      'HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=500ms --start-interval=2h --retries=3 CMD ["a"]',
      {
        healthcheck: {
          Test: ['CMD', 'a'],
          Interval: 90e9,
          Timeout: 1.5e9,
          StartPeriod: 0.5e9,
          StartInterval: 7200e9,
          Retries: 3,
        },
      },
    ],
    ['HEALTHCHECK --retries=0 --interval=0s CMD a', { healthcheck: { Test: ['CMD-SHELL', 'a'] } }],
    ['HEALTHCHECK --interval=1us CMD a', 'cannot be less than 1ms'],
    ['HEALTHCHECK --interval=5 CMD a', 'invalid duration "5"'],
    ['HEALTHCHECK --retries=-1 CMD a', '--retries cannot be negative (-1)'],
    ['HEALTHCHECK --retries=x CMD a', 'invalid number of retries "x"'],
    ['HEALTHCHECK CMD', 'missing command'],
    ['HEALTHCHECK NONE x', 'takes no arguments'],
    ['HEALTHCHECK TCP 80', 'unknown type "TCP"'],
    ['SHELL ["a", "-c"]', { shell: ['a', '-c'] }],
    ['SHELL a -c', 'JSON form'],
    ['SHELL []', 'at least one argument'],
    ['ONBUILD RUN a', { trigger: 'RUN a' }],
    ['ONBUILD ONBUILD RUN a', "isn't allowed"],
    ['ONBUILD FROM a', "FROM isn't allowed as an ONBUILD trigger"],
    ['ONBUILD MAINTAINER a', "MAINTAINER isn't allowed"],
    ['ONBUILD FOO', 'unknown instruction: FOO'],
    ['RUN', 'RUN requires at least one argument'],
    ['RUN []', 'RUN requires at least one argument'],
    ['USER', 'USER requires exactly one argument'],
    ['COPY a', 'COPY requires at least two arguments'],
    ['COPY <<E', 'requires at least two arguments', 'E'],
    ['COPY a <<E', 'cannot accept a heredoc as a destination', 'E'],
    ['COPY --from=$x a b', 'variable expansion is not supported for --from'],
    ['COPY --bogus a b', 'unknown flag: --bogus'],
    ['COPY --chown a b', 'missing a value on flag: --chown'],
    ['COPY --link=maybe a b', 'expecting boolean value'],
    ['COPY --chown=1 --chown=2 a b', 'duplicate flag specified: --chown'],
    ['ADD --from=x a b', 'unknown flag: --from'],
    ['CMD --x a', 'unknown flag: --x'],
    ['RUN --network=bridge a', 'invalid network mode "bridge"'],
    ['RUN --security=insecure a', 'not allowed'],
    ['RUN --mount=type=ssh a', 'type=ssh is not supported'],
    ['RUN --mount=type=nfs a', 'unsupported mount type "nfs"'],
    ['RUN --mount=from=$x,target=/a a', "'from' doesn't support variable expansion"],
    ['RUN --mount=type=cache,size=1m a', "unexpected key 'size' for mount type 'cache'"],
    ['RUN --mount=type=bind,mode=0700 a', 'mode not allowed'],
    ['RUN --mount=type=secret a', 'one of source, target required'],
    ['RUN --mount=target=/a,bogus=1 a', "unexpected key 'bogus'"],
    ['RUN --mount=target a', 'must be a key=value pair'],
    ['RUN --mount=type=cache,uid=x a', 'invalid value x for uid'],
    ['FOO a', 'dockerfile parse error on line 2: unknown instruction: FOO'],
    ['CMD ["a", 1]', 'arrays must be comprised of strings only'],
  ] as const)('%s', (text, expected, ...more: string[]) => {
    if (typeof expected === 'string') expect(() => inStage(text, ...more)).toThrow(expected);
    else expect(only(text)).toMatchObject(expected);
  });

  it('COPY has all its flags', () => {
    const text = 'COPY --from=x --chown=1:2 --chmod="0755" --link --parents=true --exclude=*.md --exclude=b a c';
    expect(only(text)).toMatchObject({
      from: 'x',
      chown: '1:2',
      chmod: '0755',
      link: true,
      parents: true,
      excludes: ['*.md', 'b'],
      sources: ['a'],
      destination: 'c',
    });
  });

  it('ADD has its own', () => {
    const text = 'ADD --checksum=sha256:1 --keep-git-dir --unpack=false ["a b", "c"]';
    expect(only(text)).toMatchObject({
      checksum: 'sha256:1',
      keepGitDir: true,
      unpack: false,
      sources: ['a b'],
      destination: 'c',
    });
  });

  it('flags end where the first other word stands', () => {
    expect(shellOf('RUN --network=none a --network=host')).toBe('a --network=host');
    expect(shellOf('RUN -- --a')).toBe('--a');
  });

  it('a trigger keeps its heredoc', () => {
    expect(only('ONBUILD RUN <<E', 'x', 'E')).toMatchObject({ trigger: 'RUN <<E\nx\nE' });
    expect(parseTriggers(['RUN <<E\nx\nE'], 7, '\\')).toMatchObject([{ line: 7, heredocs: [{ body: 'x\n' }] }]);
  });

  it.each([
    ['FROM a', "FROM isn't allowed"],
    ['ONBUILD RUN a', "ONBUILD isn't allowed"],
    ['RUN a\nRUN b', 'is not one instruction'],
    ['', 'is not one instruction'],
  ])('an image may not have the trigger %j', (trigger, why) =>
    expect(() => parseTriggers([trigger], 7, '\\')).toThrow(why),
  );
});

describe('files', () => {
  it.each([
    ['', 'the Dockerfile cannot be empty'],
    [' \n', 'the Dockerfile cannot be empty'],
    ['# c\n', 'the Dockerfile has no instructions'],
    ['ARG a', 'no stages to build'],
    ['ARG a\nRUN b\nFROM c', 'line 2: no build stage in current context'],
    ['FROM', 'FROM requires either one or three arguments'],
    ['FROM a b', 'FROM requires either one or three arguments'],
    ['FROM a b c', 'FROM requires either one or three arguments'],
    ['FROM a as 1b', 'invalid name for build stage: "1b"'],
    ['FROM a as scratch', 'invalid name for build stage'],
    ['FROM a\nRUN \0', 'not text'],
  ])('refuses %j', (text, why) => expect(() => parseDockerfile(text)).toThrow(why));

  it('divides stages', () => {
    const { globalArgs, stages } = parseDockerfile('ARG v\nFROM --platform=$P a:$v AS Base\nRUN x\nFROM base');
    expect(globalArgs).toMatchObject([{ args: [{ name: 'v' }] }]);
    expect(stages).toMatchObject([
      { from: { base: 'a:$v', platform: '$P', name: 'base' }, instructions: [{ keyword: 'RUN' }] },
      { from: { base: 'base', platform: '', name: '' }, instructions: [] },
    ]);
  });
});

function pair(key: string, value: string): { key: string; value: string } {
  return { key, value };
}
