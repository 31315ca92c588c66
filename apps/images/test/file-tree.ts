import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory of a test with a place for whatever it needs; removed when it is disposed. */
export interface Playground extends Disposable {
  readonly path: string;
  /** A new directory with these files. */
  plant(name: string, files: PlantedFiles): string;
  /** A path that nothing has yet. */
  temporary(): string;
}

/** Name → content; `-> target` for a link; a directory when the name ends in a slash. Modes are 644 and 755. */
export interface PlantedFiles {
  readonly [name: string]: string;
}

export function openPlayground(): Playground {
  const path = mkdtempSync(join(tmpdir(), 'abx-files-'));
  let count = 0;
  return {
    path,
    plant: (name, files) => plant(join(path, name), files),
    temporary: () => join(path, `temporary-${++count}`),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

function plant(root: string, files: PlantedFiles): string {
  mkdirSync(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), path);
    else if (!name.endsWith('/')) writeFileSync(path, content);
  }
  return root;
}

/** What is below a directory, a line each: `644 0:0 file = content`, `755 0:0 directory/`, `0:0 link -> target`. */
export function survey(root: string): string[] {
  const lines: string[] = [];
  const visit = (directory: string, prefix: string): void => {
    for (const base of readdirSync(directory).sort()) {
      const path = join(directory, base);
      const stat = lstatSync(path);
      const mode = (stat.mode & 0o7777).toString(8);
      const owner = `${stat.uid}:${stat.gid}`;
      const name = prefix + base;
      if (stat.isSymbolicLink()) lines.push(`${owner} ${name} -> ${readlinkSync(path)}`);
      else if (stat.isDirectory()) lines.push(`${mode} ${owner} ${name}/`);
      else if (stat.isFile()) lines.push(`${mode} ${owner} ${name} = ${readFileSync(path, 'utf8').slice(0, 100)}`);
      else lines.push(`${mode} ${owner} ${name} is special`);
      if (stat.isDirectory()) visit(path, `${name}/`);
    }
  };
  visit(root, '');
  return lines;
}

/** Lines of the one that are not in the other, marked like a diff. */
export function changes(before: readonly string[], after: readonly string[]): string[] {
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
  return [...gone, ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`)];
}
