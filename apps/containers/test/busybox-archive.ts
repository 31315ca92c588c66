import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBusybox } from './fake-peers.ts';

/** A docker-archive with the image `busybox` of one layer. */
export function busyboxArchive(config: object = { Cmd: ['sh'], Env: ['PATH=/bin'] }): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'abx-img-'));
  try {
    const root = join(directory, 'root');
    mkdirSync(root);
    makeBusybox(root);
    const archive = join(directory, 'archive');
    mkdirSync(archive);
    execFileSync('tar', ['-C', root, '-cf', join(archive, 'layer.tar'), '.']);
    const diffId = `sha256:${createHash('sha256').update(readFileSync(join(archive, 'layer.tar'))).digest('hex')}`;
    const architecture = arch() === 'x64' ? 'amd64' : arch();
    const image = { architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: [diffId] } };
    writeFileSync(join(archive, 'config.json'), JSON.stringify(image));
    const manifest = [{ Config: 'config.json', RepoTags: ['busybox:latest'], Layers: ['layer.tar'] }];
    writeFileSync(join(archive, 'manifest.json'), JSON.stringify(manifest));
    execFileSync('tar', ['-C', archive, '-cf', join(directory, 'all.tar'), '.']);
    return readFileSync(join(directory, 'all.tar'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
