import { unavailable } from '@arcbox/errors';
import { describeFailure } from './failure.ts';

describe('a failure in words', () => {
  it('does not steer the terminal, whatever a registry has said', async () => {
    const failure = unavailable('registry x: \u001b]0;owned\u0007\u001b[2J\u009b1mno\r\n\tsuch thing');
    const said = await describeFailure(failure, () => ({ kind: 'unix', path: '/nowhere' }));
    expect(said).toBe('registry x: \ufffd]0;owned\ufffd\ufffd[2J\ufffd1mno\n\tsuch thing');
  });
});
