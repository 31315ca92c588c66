import { excerptOf } from './excerpt.ts';

describe('the lines of a Dockerfile that a failure is about', () => {
  it('stand with those around them', () => {
    const dockerfile = 'FROM a\n\nRUN b\nRUN c\nRUN \u001b[2Jd\nRUN e';
    expect(excerptOf(dockerfile, 'dockerfile parse error on line 4: what')).toBe(
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

  it('are none when it is about something else', () => {
    expect(excerptOf('FROM a', 'no such image')).toBe('');
    expect(excerptOf('FROM a', 'error on line 9')).toBe('');
  });
});
