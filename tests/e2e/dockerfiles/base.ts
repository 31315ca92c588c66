import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import { plantContext } from './plant-context.ts';

const applets = [
  ...['cat', 'chgrp', 'chmod', 'chown', 'cp', 'cut', 'dd', 'env', 'false', 'find', 'grep', 'head', 'id', 'ln', 'ls', 'mkdir', 'mkfifo'],
  ...['mknod', 'mv', 'printf', 'pwd', 'readlink', 'rm', 'rmdir', 'sed', 'seq', 'sh', 'sleep', 'sort', 'stat', 'tar', 'touch', 'tr', 'true'],
  ...['truncate', 'uname', 'wc', 'xargs', 'yes'],
];

/** Of linux/capability.h: vfs_cap_data of revision 2, CAP_NET_RAW permitted and effective. */
const netRaw = '0100000200200000000000000000000000000000';

/** Settings of the base image, as instructions. */
export const baseSettings = ['ENV PATH=/bin', 'LABEL from=base', 'CMD ["sh"]'];

/** The archive of a small file system with everything in it that a builder can do wrong. */
export function packBase(root: string): Buffer {
  plantContext(root, {
    ...Object.fromEntries(applets.map((name) => [`bin/${name}`, { link: 'busybox' }])),
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n',
    'etc/group': 'root:x:0:\nstaff:x:50:app\napps:x:1001:\n',
    // Builders put these below what they mount, where they are missing, and some leave them.
    'etc/hosts': '',
    'etc/hostname': '',
    'etc/resolv.conf': '',
    'etc/mtab': { link: '/proc/mounts' },
    'dev/': '',
    'proc/': '',
    'sys/': '',
    'root/': { mode: 0o700 },
    'tmp/': { mode: 0o1777 },
    'usr/lib/deep/file': 'deep',
    'lib/': { mode: 0o755 },
    'var/data/one': 'one',
    'var/data/two': 'two',
    'var/data/sub/three': 'three',
    'var/private/': { mode: 0o700 },
    'var/private/secret': { content: 'secret', mode: 0o600 },
    'var/link': { link: 'data' },
    'var/absolute': { link: '/var/data' },
    'var/dangling': { link: '/nowhere/at/all' },
    'srv/pair-a': 'pair',
    'srv/setuid': { content: 'setuid', mode: 0o4755 },
    'srv/capable': { content: 'capable', mode: 0o755 },
  });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  chmodSync(join(root, 'bin/busybox'), 0o755);
  linkSync(join(root, 'srv/pair-a'), join(root, 'srv/pair-b'));
  for (const name of ['var/private', 'var/private/secret']) chownSync(join(root, name), 1000, 1001);
  const setAttribute = 'import os, sys; os.setxattr(sys.argv[1], "security.capability", bytes.fromhex(sys.argv[2]))';
  execFileSync('python3', ['-c', setAttribute, join(root, 'srv/capable'), netRaw]);
  const options = ['--sort=name', '--numeric-owner', '--format=pax', '--xattrs', '--xattrs-include=security.capability'];
  return execFileSync('tar', [...options, '-C', root, '-cf', '-', '.'], { maxBuffer: 2 ** 28 });
}
