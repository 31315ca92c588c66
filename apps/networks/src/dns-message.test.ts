import type { Address } from './cidr.ts';
import { answers, codes, type Question, readQuestion, types, writeAnswer } from './dns-message.ts';
import { reversed } from './name-index.ts';

const asked = Buffer.from('12340100000100000000000002444200000100 01'.replace(' ', ''), 'hex');
const extended = Buffer.concat([asked.subarray(0, 11), Buffer.from([1]), asked.subarray(12), Buffer.from('00002904d0000000000000', 'hex')]);

function read(message: Buffer): Question {
  const question = readQuestion(message);
  if (typeof question !== 'object') throw new Error(`not a question: ${question}`);
  return question;
}

const some = (count: number): Address[] => Array.from({ length: count }, (_, index) => ({ family: 4, value: BigInt(index) }));

describe('a message of DNS', () => {
  it('is a question in lower case, with the room that the asker has', () => {
    expect(read(asked)).toEqual({ name: 'db', type: types.a, end: 20, room: 512, isExtended: false });
    expect(read(extended)).toMatchObject({ end: 20, room: 1232, isExtended: true });
  });

  it('is none when it is an answer, of another kind, or cut', () => {
    const changed = (at: number, value: number): Buffer => Buffer.concat([asked.subarray(0, at), Buffer.from([value]), asked.subarray(at + 1)]);
    expect(readQuestion(changed(2, 0x81))).toBeUndefined();
    expect(readQuestion(asked.subarray(0, 11))).toBeUndefined();
    expect(readQuestion(changed(2, 0x28))).toBe(codes.unknownWork);
    expect(readQuestion(changed(5, 2))).toBe(codes.malformed);
    expect(readQuestion(changed(19, 3))).toBe(codes.refused);
    expect(readQuestion(changed(12, 0xc0))).toBe(codes.malformed);
    expect(readQuestion(changed(11, 1))).toBe(codes.malformed);
    for (let end = 12; end < asked.length; end++) expect(readQuestion(asked.subarray(0, end))).toBe(codes.malformed);
  });

  it('has as many addresses as there is room for, and says so when there are more', () => {
    const count = (of: Buffer): [number, boolean] => [of.readUInt16BE(6), (of.readUInt16BE(2) & 0x200) !== 0];
    const whole = writeAnswer(asked, read(asked), some(30), 512);
    expect([whole.length, ...count(whole)]).toEqual([500, 30, false]);
    const cut = writeAnswer(asked, read(asked), some(31), 512);
    expect([cut.length, ...count(cut)]).toEqual([500, 30, true]);
    const more = writeAnswer(extended, read(extended), some(76), 1232);
    expect([more.length, ...count(more)]).toEqual([20 + 75 * 16 + 11, 75, true]);
    expect(count(writeAnswer(asked, read(asked), some(2_000), 0xffff))).toEqual([2_000, false]);
  });

  it('answers another when number and question are its own', () => {
    const answer = writeAnswer(asked, read(asked), some(1), 512);
    expect(answers(answer, asked, read(asked))).toBe(true);
    expect(answers(asked, asked, read(asked))).toBe(false);
    for (const at of [0, 1, 13, 16]) {
      const forged = Buffer.from(answer);
      forged[at] = (forged[at] ?? 0) ^ 1;
      expect(answers(forged, asked, read(asked))).toBe(false);
    }
  });

  it('asks for the name of an address', () => {
    expect(reversed('4.3.2.1.in-addr.arpa')).toEqual({ family: 4, value: 0x01020304n });
    expect(reversed(`${'1.'.repeat(31)}f.ip6.arpa`)).toEqual({ family: 6, value: 0xf1111111111111111111111111111111n });
    for (const name of ['4.3.2.in-addr.arpa', '4.3.2.256.in-addr.arpa', 'f.ip6.arpa', 'db']) expect(reversed(name)).toBeUndefined();
  });
});
