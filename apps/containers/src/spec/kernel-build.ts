import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Where a kernel's configuration may be. */
const places = (release: string): readonly string[] => ['/proc/config.gz', `/boot/config-${release}`];

/** Whether the kernel is known to be built without all of these options (Kconfig); false where its configuration cannot be read. */
export function isBuiltWithout(options: readonly string[], release: string, files = places(release)): boolean {
  const text = readConfiguration(files);
  if (text === undefined) return false;
  const lines = new Set(text.split('\n'));
  return options.every((option) => !['y', 'm'].some((value) => lines.has(`CONFIG_${option}=${value}`)));
}

function readConfiguration(files: readonly string[]): string | undefined {
  for (const file of files) {
    try {
      const bytes = readFileSync(file);
      return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    } catch {
      // Not here, or not for us.
    }
  }
  return undefined;
}
