import { readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import { cannot } from './file-failure.ts';

/** The lines of a file of `NAME=value`, without empty ones and those that begin with #. */
export function readLines(path: string): string[] {
  const lines = readText(path)
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines) {
    const [name = ''] = line.split('=', 1);
    if (name === '') throw invalidArgument(`${path}: there is no name in ${line}`);
    if (/\s/.test(name)) throw invalidArgument(`${path}: there is a blank in the name ${name}`);
  }
  return lines;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw cannot('read', path, error);
  }
}
