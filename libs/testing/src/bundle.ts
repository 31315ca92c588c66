import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../../..');

/** Bundles a program of a test, so that it can run as a process of its own. */
export function bundle(source: string, into: string): string {
  const program = join(into, 'program.mjs');
  // What is left out of it is found beside it.
  const packages = join(into, 'node_modules');
  if (!existsSync(packages)) symlinkSync(join(repository, 'node_modules'), packages);
  const banner = "import{createRequire as r}from'node:module';const require=r(import.meta.url);";
  execFileSync(join(repository, 'node_modules/.bin/esbuild'), [
    source,
    ...['--bundle', '--platform=node', '--format=esm', '--target=node24', '--supported:using=true', '--log-level=error'],
    ...['--external:koffi', '--external:@opentelemetry/*'],
    ...[`--banner:js=${banner}`, `--outfile=${program}`],
  ]);
  return program;
}
