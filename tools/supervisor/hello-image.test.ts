import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeHelloImage } from './hello-image.ts';

describe('makeHelloImage', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hello-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  const busybox = join(directory, 'busybox');
  writeFileSync(busybox, '#!/bin/sh\nprintf "busybox\\nsh\\necho\\n"\n');
  chmodSync(busybox, 0o755);

  it('gives the same image each time', () => {
    const [first, second] = [makeHelloImage(busybox), makeHelloImage(busybox)];
    expect(first.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(first.archive.equals(second.archive)).toBe(true);
  });

  it('is an OCI layout whose blobs are what their names say', () => {
    execFileSync('tar', ['-x', '-C', directory], { input: makeHelloImage(busybox).archive });
    const blobs = execFileSync('sha256sum', ['-c'], {
      cwd: join(directory, 'blobs/sha256'),
      input: execFileSync('sh', ['-c', 'for blob in *; do echo "$blob  $blob"; done'], { cwd: join(directory, 'blobs/sha256') }),
      encoding: 'utf8',
    });
    expect(blobs.match(/: OK/g)).toHaveLength(3);
  });
});
