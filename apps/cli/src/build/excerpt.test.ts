import { excerptOf } from './excerpt.ts';

describe('the lines of a Dockerfile that a failure is about', () => {
  it('stand with those around them', () => {
    const dockerfile = 'FROM a\n\nRUN b\nRUN c\nRUN \u001b[2Jd\nRUN e';
    expect(excerptOf(dockerfile, { message: 'dockerfile parse error on line 4: what' })).toBe(
      [
        'Dockerfile:4',
        '--------------------',
        ' 2 |     ',
        ' 3 |     RUN b',
        ' 4 | >>> RUN c',
        ' 5 |     RUN \ufffd[2Jd',
        ' 6 |     RUN e',
        '--------------------',
        '',
      ].join('\n'),
    );
  });

  it('are found by the step that failed', () => {
    const dockerfile = 'FROM a\nRUN  make \\\n  && false\nRUN make other';
    expect(excerptOf(dockerfile, { message: 'exit code 1', step: '[build 2/3] RUN  make   && false' })).toContain(' 2 | >>> RUN  make');
    expect(excerptOf(dockerfile, { message: 'exit code 1', step: '[build 3/3] RUN make other' })).toContain(' 4 | >>> RUN make other');
  });

  it('are none when it is about something else', () => {
    expect(excerptOf('FROM a', { message: 'no such image' })).toBe('');
    expect(excerptOf('FROM a', { message: 'error on line 9' })).toBe('');
    expect(excerptOf('RUN a\nRUN a', { message: 'no', step: '[2/2] RUN a' })).toBe('');
  });
});
