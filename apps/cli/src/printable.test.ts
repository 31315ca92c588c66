import { plainText, printable, printableInColour } from './printable.ts';

const hostile = 'a\u001b]0;title\u0007b\u001b[2Jc\u001b[1;31md\u001b[0m\u009b1me\u001bcf\u0008\r\n\tg';

describe('text on a terminal', () => {
  it('has no control characters', () => {
    expect(printable('a\u001b[2J\u009b1mb\u007f\r\n\tc')).toBe('a\ufffd[2J\ufffd1mb\ufffd\n\tc');
  });

  it('may have colours where a program prints them, and nothing else', () => {
    expect(printableInColour(hostile)).toBe('abc\u001b[1;31md\u001b[0m\ufffd1mef\ufffd\n\tg');
    expect(plainText(hostile)).toBe('abcd\ufffd1mef\ufffd\n\tg');
    expect(printableInColour('\u001b[38:2::1:2:3mx\u001b[?25l\u001b]8;;http://x\u001b\\link\u001b')).toBe(
      '\u001b[38:2::1:2:3mxlink\ufffd',
    );
  });
});
