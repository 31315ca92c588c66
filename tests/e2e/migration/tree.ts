import { runCommand } from '../engine.ts';

/** Fills a directory with what is hard to carry: owners, modes, links of both kinds, a pipe, holes, times, extended attributes. */
export const fill = (directory: string): Promise<string> => python(filling, directory);

/** All that a directory holds, a line a file, with the digest of its content. */
export const listTree = (directory: string): Promise<string> => python(listing, directory);

async function python(script: string, directory: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand('python3', ['-c', script, directory]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const filling = `
import os, sys
os.chdir(sys.argv[1])
def put(path, content, owner=0, mode=0o644):
    with open(path, 'wb') as file: file.write(content)
    os.chown(path, owner, owner); os.chmod(path, mode)
put('plain', b'content', 1000, 0o640)
put('setuid', b'program', 0, 0o4755)
os.mkdir('sticky'); os.chmod('sticky', 0o1777)
put('sticky/\\u00fcber', os.urandom(300000), 70000, 0o600)
os.link('plain', 'sticky/hard')
os.symlink('../plain', 'sticky/soft'); os.lchown('sticky/soft', 1000, 1000)
os.symlink('/nowhere', 'broken')
os.mkfifo('pipe', 0o600)
with open('sparse', 'wb') as file:
    file.truncate(64 << 20); file.seek(32 << 20); file.write(b'island')
put('marked', b'x'); os.setxattr('marked', 'user.note', b'a\\0b'); os.utime('marked', ns=(1, 1234567890123456789))
os.mkdir('empty'); os.chown('empty', 5, 6)
`;

const listing = `
import hashlib, os, stat, sys
root = sys.argv[1]
inodes = {}
for place, folders, files in sorted(os.walk(root)):
    for name in sorted(folders + files) if place != root else ['.'] + sorted(folders + files):
        path = os.path.join(place, name); info = os.lstat(path)
        first = inodes.setdefault(info.st_ino, os.path.relpath(path, root))
        what = os.readlink(path) if stat.S_ISLNK(info.st_mode) else hashlib.sha256(open(path, 'rb').read()).hexdigest() if stat.S_ISREG(info.st_mode) else ''
        marks = [(key, os.getxattr(path, key, follow_symlinks=False)) for key in sorted(os.listxattr(path, follow_symlinks=False))]
        holes = stat.S_ISREG(info.st_mode) and info.st_blocks * 512 < info.st_size
        print(os.path.relpath(path, root), oct(info.st_mode), info.st_uid, info.st_gid, info.st_nlink if not stat.S_ISDIR(info.st_mode) else '-', first, info.st_mtime_ns, holes, what, marks)
`;
