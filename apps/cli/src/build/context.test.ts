import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContext } from './context.ts';

describe('the Dockerfile of a build', () => {
  const root = mkdtempSync(join(tmpdir(), 'abx-dockerfile-'));
  const context = join(root, 'context');
  mkdirSync(context);
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch');
  afterAll(() => rmSync(root, { recursive: true }));

  it('goes along when it is outside of the context', async () => {
    const outside = join(root, 'Dockerfile.other');
    writeFileSync(outside, 'FROM other');
    expect(await openContext(context, outside)).toMatchObject({ dockerfile: '', content: Buffer.from('FROM other') });
    expect(await openContext(context, undefined)).toMatchObject({ dockerfile: 'Dockerfile', content: Buffer.alloc(0) });
  });

  it('is not another one when it is empty', async () => {
    const empty = join(root, 'empty');
    writeFileSync(empty, '');
    await expect(openContext(context, empty)).rejects.toMatchObject({ kind: 'invalid-argument', message: `the Dockerfile is empty: ${empty}` });
  });
});
