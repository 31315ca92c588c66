import { statusMessage } from './status-message.ts';

describe('statusMessage', () => {
  it('leaves alone what fits', () => {
    for (const text of ['', 'no such image: x', 'a'.repeat(1_000), 'é'.repeat(600)]) expect(statusMessage(text)).toBe(text);
  });

  it('cuts what does not', () => {
    expect(statusMessage('a'.repeat(1_001))).toBe(`${'a'.repeat(1_000)}…`);
    const cut = statusMessage(`no such image: ${'鯨'.repeat(2_000)}`);
    expect(cut).toMatch(/^no such image: 鯨+…$/);
    expect(encodeURIComponent(cut).length).toBeLessThan(4_100);
  });

  it('cuts between characters, never within one', () => {
    const cut = statusMessage('🐋'.repeat(1_000));
    expect(Buffer.from(cut).toString()).toBe(cut);
  });
});
