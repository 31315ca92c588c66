/** Names are bytes of any encoding: one character a byte (latin1), as in archives. Relative, without `.` or `..`. */
export type ByteName = string;

export function bytesOf(text: string): ByteName {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** For patterns and messages. */
export function textOf(name: ByteName): string {
  return isAscii(name) ? name : Buffer.from(name, 'latin1').toString('utf8');
}

/** What a name below a directory is to the file system; an empty one is the directory itself. */
export function pathOf(directory: string, name: ByteName): string | Buffer {
  const path = name === '' ? directory : `${directory}/`;
  return isAscii(name) ? path + name : Buffer.concat([Buffer.from(path), Buffer.from(name, 'latin1')]);
}

/** Puts two parts together; either may be empty. */
export function joinNames(directory: ByteName, name: ByteName): ByteName {
  return directory === '' || name === '' ? directory + name : `${directory}/${name}`;
}

const isAscii = (name: ByteName): boolean => !/[\x80-\xff]/.test(name);
