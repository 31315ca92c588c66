import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside, outside } from './id-maps.ts';
import { Remapping } from './remapping.ts';

/** Files with these lines in a directory that goes with it. */
function files(subuid: string, subgid = subuid): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'subids-'));
  writeFileSync(join(path, 'subuid'), subuid);
  writeFileSync(join(path, 'subgid'), subgid);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describe('ids of containers', () => {
  it('are all of a user, the lowest first', () => {
    using directory = files('# ours\narcbox:500000:10\nother:1:9\narcbox:200000:65536\narcbox:9:0\n', 'arcbox:7000:100');
    const ids = new Remapping({ subordinateIds: directory.path }).shared();
    expect(ids).toEqual({
      uids: [{ inside: 0, outside: 200_000, size: 65_536 }, { inside: 65_536, outside: 500_000, size: 10 }],
      gids: [{ inside: 0, outside: 7_000, size: 100 }],
    });
    expect(outside(ids, { uid: 65_540, gid: 99 })).toEqual({ uid: 500_004, gid: 7_099 });
    expect(outside(ids, { uid: 0, gid: 100 })).toBeUndefined();
    expect(inside(ids, { uid: 500_004, gid: 6_999 })).toEqual({ uid: 65_540, gid: 6_999 });
  });

  it.each(['daemon', '1', 'daemon:daemon', '1:1'])('are those of the user that %s names, by name or number', (remap) => {
    for (const holder of ['daemon', '1']) {
      using directory = files(`arcbox:1:1\n${holder}:70000:5\n`);
      expect(new Remapping({ remap, subordinateIds: directory.path }).shared().uids).toEqual([{ inside: 0, outside: 70_000, size: 5 }]);
    }
  });

  it.each([
    ['nobody-here', 'remapping needs the user nobody-here, who is not in /etc/passwd'],
    ['daemon:nobody-here', 'remapping needs the group nobody-here, which is not in /etc/group'],
    ['bin', 'user namespaces need subordinate ids: '],
    ['daemon', 'gives daemon the id 0, which is the host\'s root'],
  ])('are refused for %s: %s', (remap, why) => {
    using directory = files('daemon:0:65536\n');
    expect(() => new Remapping({ remap, subordinateIds: directory.path }).shared()).toThrow(why);
  });

  it('are free where nobody has any of them', () => {
    using directory = files('arcbox-auto:100000:200000\n', 'arcbox-auto:700000:65536\narcbox-auto:1000000:65536\n');
    const remapping = new Remapping({ subordinateIds: directory.path });
    const first = remapping.own([]);
    expect([first.uids[0]?.outside, first.gids[0]?.outside]).toEqual([100_000, 700_000]);
    const overlapping = { inside: 0, outside: 165_536 + 9, size: 1 };
    const second = remapping.own([first, { uids: [overlapping], gids: [] }]);
    expect([second.uids[0]?.outside, second.gids[0]?.outside]).toEqual([231_072, 1_000_000]);
    expect(() => remapping.own([first, second])).toThrow('all ids of arcbox-auto are taken');
  });
});
