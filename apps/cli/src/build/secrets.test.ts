import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecrets } from './secrets.ts';

describe('--secret', () => {
  const directory = mkdtempSync(join(tmpdir(), 'abx-secret-'));
  const file = join(directory, 'token');
  writeFileSync(file, 'from file');
  afterAll(() => rmSync(directory, { recursive: true }));
  const variable = (name: string) => ({ TOKEN: 'from variable' })[name];
  const read = (...options: string[]) =>
    Object.entries(readSecrets(options, variable)).map(([id, content]) => `${id}: ${content}`);

  it('takes files and variables', () => {
    expect(read(`id=a,src=${file}`, 'id=b,env=TOKEN', `id=c,type=file,source=${file}`, 'id=d,type=env,src=TOKEN', 'id=TOKEN')).toEqual([
      'a: from file',
      'b: from variable',
      'c: from file',
      'd: from variable',
      'TOKEN: from variable',
    ]);
  });

  it('says what cannot be read', () => {
    expect(() => read('src=x')).toThrow('id is missing');
    expect(() => read('id=x,colour=red')).toThrow('there is no field colour');
    expect(() => read('id=x,type=vault')).toThrow('type is file or env');
    expect(() => read('id=x,env=NOPE')).toThrow('secret x: the environment has no NOPE');
    expect(() => read('id=x,src=/nowhere')).toThrow('cannot read secret /nowhere: no such file or directory');
    writeFileSync(file, Buffer.alloc(512_001));
    expect(() => read(`id=x,src=${file}`)).toThrow('secret x is larger than 512000 bytes');
  });
});
