import { runCommand } from '../engine.ts';

/** Makes a root file system of busybox and programs of the host, with the libraries that these need. */
export async function makeRoot(directory: string, ...programs: string[]): Promise<void> {
  const { code, stderr } = await runCommand('sh', ['-euc', script, 'sh', directory, ...programs]);
  if (code !== 0) throw new Error(stderr);
}

const script = `
root=$1; shift
take() { [ -e "$root$1" ] || { mkdir -p "$root$(dirname "$1")"; cp -L "$1" "$root$1"; }; }
mkdir -p "$root/bin" "$root/tmp" "$root/etc"; chmod 1777 "$root/tmp"; cp /bin/busybox "$root/bin/"
for name in $(/bin/busybox --list | grep -vx busybox); do ln -s busybox "$root/bin/$name"; done
for program in "$@"; do
  take "$program"
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do take "$library"; done
done
`;
