import { Agents } from './agents.ts';

describe('agents', () => {
  it('are shared by those who trust alike, and never more than a few', async () => {
    await using agents = new Agents();
    const plain = { verify: true, ca: [], clients: [] };
    const first = agents.get(plain, 1_000);
    expect(agents.get({ ...plain }, 1_000)).toBe(first);
    expect(agents.get({ ...plain, verify: false }, 1_000)).not.toBe(first);
    for (let timeout = 2_000; timeout < 2_100; timeout++) agents.get({ ...plain, verify: false }, timeout);
    expect(agents.size).toBe(16);
    expect(agents.get(plain, 1_000)).not.toBe(first);
    expect(first.closed).toBe(true);
  });
});
