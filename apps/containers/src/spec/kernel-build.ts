import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Whether the kernel is known to be built without all of these options (Kconfig); false where its configuration cannot be read. */
export function isBuiltWithout(options: readonly string[], release: string): boolean {
  const text = readConfiguration(release);
  if (text === undefined) return false;
  const lines = new Set(text.split('\n'));
  return options.every((option) => !['y', 'm'].some((value) => lines.has(`CONFIG_${option}=${value}`)));
}

function readConfiguration(release: string): string | undefined {
  return read('/proc/config.gz', (bytes) => gunzipSync(bytes).toString()) ?? read(`/boot/config-${release}`, String);
}

function read(file: string, decode: (bytes: Buffer) => string): string | undefined {
  try {
    return decode(readFileSync(file));
  } catch {
    return undefined;
  }
}
