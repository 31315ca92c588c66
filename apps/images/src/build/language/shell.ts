import type { ImageSettings } from './image-settings.ts';

const defaultShell = ['/bin/sh', '-c'];

/** The arguments that have the image's shell execute `command`. */
export function withShell({ shell }: ImageSettings, command: string): string[] {
  return [...(shell === undefined || shell.length === 0 ? defaultShell : shell), command];
}
