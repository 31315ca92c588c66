import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from './environment.ts';

describe('readEnvironment', () => {
  const directory = mkdtempSync(join(tmpdir(), 'abx-env-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('takes files, then options, then our own values', () => {
    const file = join(directory, 'env');
    writeFileSync(file, '# comment\nA=1\n\nB=from file\nOURS\n');
    const variable = (name: string) => (name === 'OURS' ? 'x' : undefined);
    expect(readEnvironment({ envFile: [file], env: ['B=b=c', 'ABSENT', 'E='] }, variable)).toEqual({
      A: '1',
      B: 'b=c',
      OURS: 'x',
      E: '',
    });
  });

  it('says what it cannot read', () => {
    expect(() => readEnvironment({ env: ['=x'] }, () => undefined)).toThrow('cannot read environment =x');
    expect(() => readEnvironment({ envFile: ['/nowhere'] }, () => undefined)).toThrow(
      'cannot read /nowhere: no such file or directory',
    );
    const file = join(directory, 'blank');
    writeFileSync(file, 'A B=1\n');
    expect(() => readEnvironment({ envFile: [file] }, () => undefined)).toThrow('there is a blank in the name A B');
  });
});
