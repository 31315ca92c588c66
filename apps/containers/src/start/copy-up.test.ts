import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { copyUp } from './copy-up.ts';

describeIf(['root', 'bsdtar'], 'filling a volume from an image', () => {
  let place: string;
  const at = (...parts: string[]): string => join(place, ...parts);
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'abx-copy-'));
    for (const directory of ['root/data/inner', 'volume', 'host']) mkdirSync(at(directory), { recursive: true });
    writeFileSync(at('host/file'), 'of the host');
    writeFileSync(at('root/data/file'), 'of the image');
    writeFileSync(at('root/data/inner/file'), 'of the image');
  });
  afterEach(() => rmSync(place, { recursive: true }));

  it('keeps owners, modes and links, those of the directory too', async () => {
    chownSync(at('root/data'), 5, 6);
    chmodSync(at('root/data'), 0o2751);
    chownSync(at('root/data/file'), 7, 8);
    chmodSync(at('root/data/file'), 0o4755);
    symlinkSync('/etc/passwd', at('root/data/link'));
    await copyUp(at('root'), '/data', at('volume'));
    expect(statSync(at('volume'))).toMatchObject({ uid: 5, gid: 6, mode: 0o42751 });
    expect(statSync(at('volume/file'))).toMatchObject({ uid: 7, gid: 8, mode: 0o104755 });
    expect(readlinkSync(at('volume/link'))).toBe('/etc/passwd');
    expect(readFileSync(at('volume/inner/file'), 'utf8')).toBe('of the image');
  });

  it('takes names as bytes', async () => {
    const odd = Buffer.concat([Buffer.from(`${at('root/data')}/`), Buffer.from([0xff, 0x0a, 0x20, 0xe4])]);
    writeFileSync(odd, '');
    await copyUp(at('root'), 'data', at('volume'));
    expect(readdirSync(at('volume'), 'latin1')).toContain('\u00ff\n \u00e4');
  });

  it('does not write through links that another container has put into the volume', async () => {
    symlinkSync(at('host/file'), at('volume/file'));
    symlinkSync(at('host'), at('volume/inner'));
    await copyUp(at('root'), 'data', at('volume')).catch(() => {});
    expect(readFileSync(at('host/file'), 'utf8')).toBe('of the host');
    expect(readdirSync(at('host'))).toEqual(['file']);
    expect(lstatSync(at('volume/file')).isFile()).toBe(true);
  });

  it('does not follow a link of the image out of its root', async () => {
    symlinkSync(`../../../../../../${at('host')}`, at('root/out'));
    await copyUp(at('root'), 'out', at('volume'));
    await copyUp(at('root'), 'none', at('volume'));
    expect(readdirSync(at('volume'))).toEqual([]);
  });
});
