import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTree } from './images.ts';

/** Files and bytes of the context: as in the table of docs/benchmarks.md. */
const shape = { files: 3000, bytes: 60_000_000 };

/** Ten steps: half of them run something, the rest copies files or says something about the image. */
function dockerfile(base: string): string {
  return `FROM ${base}
ENV APP=/app
WORKDIR /app
COPY version .
RUN cat version > first && mkdir -p build
COPY src src
RUN find src -type f | sort > list
RUN while read -r file; do : $((n += 1)); done < list; echo $n > count
RUN cp -r src/d1 build/ && rm -r src/d2
RUN chmod -R go-w build && echo done > last
CMD ["cat", "count"]
`;
}

/** Makes a directory to build from. */
export function writeContext(directory: string, base: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'Dockerfile'), dockerfile(base));
  writeTree(join(directory, 'src'), 77, shape);
  renewContext(directory);
}

/** Changes what the first step copies, so that no engine has any of the following steps in its cache. */
export function renewContext(directory: string): void {
  writeFileSync(join(directory, 'version'), `${process.hrtime.bigint()}\n`);
}
