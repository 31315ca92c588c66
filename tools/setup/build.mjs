import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { inRepository } from '../repository.mjs';
import { filesBelow, hashTimes, readStamp, writeStamp } from './stamp.mjs';

/**
 * A program of ours: `dist/<name>/main.js` is made from `source`.
 * @typedef {{ name: string, source: string }} Program
 */

/**
 * Every program there is source for: one an app, and the supervisor.
 * @returns {Program[]}
 */
export function programs() {
  const apps = readdirSync(inRepository('apps')).map((name) => ({ name, source: inRepository('apps', name, 'src/main.ts') }));
  const supervisor = { name: 'supervisor', source: inRepository('tools/supervisor/main.ts') };
  return [...apps, supervisor].filter(({ source }) => existsSync(source));
}

/**
 * Bundles every program, unless no source has changed since the last time.
 * @param {{ log: (line: string) => void }} options
 */
export async function build({ log }) {
  const hash = hashTimes(sources());
  if (readStamp('build') === hash && programs().every(({ name }) => existsSync(inRepository('dist', name, 'main.js')))) return;
  const started = performance.now();
  const { build: bundle, stop } = await import('esbuild');
  const all = programs();
  const { outputFiles } = await bundle({ ...bundleOptions(all), write: false }).catch((/** @type {Error} */ error) => {
    throw new Error(`the build failed: ${error.message}`);
  });
  for (const { path, contents } of outputFiles) replaceFile(path, contents);
  // Its service process would stay as long as we do.
  await stop();
  for (const { name } of all) writeLauncher(name);
  writeStamp('build', hash);
  log(`built ${all.map(({ name }) => name).join(', ')} in ${Math.round(performance.now() - started)} ms`);
}

/**
 * How our programs are bundled.
 * @param {Program[]} wanted
 * @returns {import('esbuild').BuildOptions}
 */
export function bundleOptions(wanted) {
  return {
    entryPoints: wanted.map(({ name, source }) => ({ in: source, out: `${name}/bundle` })),
    outdir: inRepository('dist'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Node has it. What esbuild makes of it throws the error of one round of a loop again in all rounds that follow.
    supported: { using: true },
    // One character beyond ASCII, if only in a comment, doubles what the text of a program takes in memory and to read. Names stay,
    // for stack traces, and lines are short enough to find a place by.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'external',
    // For debuggers and for NODE_OPTIONS=--enable-source-maps; parsed in every worker they would cost 50 MB each.
    sourcemap: 'linked',
    logLevel: 'silent',
    // The one finds its native part relative to its own files, the others are loaded only where they are wanted.
    external: ['koffi', '@opentelemetry/*'],
    plugins: [builtinsAsTheyAre],
    define: { ARCBOX_BUILD: JSON.stringify(thisBuild()) },
    // What CommonJS packages expect to find in an ES module.
    banner: {
      js: [
        "import { createRequire as arcboxCreateRequire } from 'node:module';",
        'const require = arcboxCreateRequire(import.meta.url);',
        'const __filename = import.meta.filename;',
        'const __dirname = import.meta.dirname;',
      ].join(' '),
    },
  };
}

/**
 * What Node has built in comes by `require`: an `import` of it reads every property of each such module first, also those
 * that are made when they are read, and that is one part in sixteen of the start of a command.
 *
 * @type {import('esbuild').Plugin}
 */
const builtinsAsTheyAre = {
  name: 'builtins-as-they-are',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind, namespace }) =>
      kind === 'import-statement' && namespace !== 'builtin' ? { path, namespace: 'builtin', sideEffects: false } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = require(${JSON.stringify(path)})`, loader: 'js' }));
  },
};

/**
 * Writes dist/<name>/main.js, which turns the compile cache on before the bundle is compiled. The cache belongs to
 * root: a worker that has dropped to an unprivileged account can read it and not write what root will run.
 *
 * @param {string} name
 */
export function writeLauncher(name) {
  replaceFile(
    inRepository('dist', name, 'main.js'),
    [
      "import { enableCompileCache, flushCompileCache } from 'node:module'",
      "enableCompileCache(new URL('../../.cache/compile', import.meta.url).pathname)",
      '// Processes that are killed would never write theirs.',
      'setTimeout(flushCompileCache, 3000).unref()',
      "await import('./bundle.js')",
      '',
    ].join('\n'),
  );
}

/**
 * A program that is started meanwhile is the old one or the new one: one of which only a part is there yet ends at once, and well.
 *
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
function replaceFile(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** What libs/config and `GetVersion` tell about this build. */
function thisBuild() {
  const { version } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
  return { version, commit: commit(), time: new Date().toISOString() };
}

/** The commit that is checked out, empty outside a git repository. */
function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: inRepository(), stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return '';
  }
}

function sources() {
  const packages = ['libs', 'apps'].flatMap((group) => readdirSync(inRepository(group)).map((name) => inRepository(group, name)));
  return [
    ...packages.flatMap((directory) => filesBelow(`${directory}/src`)),
    ...packages.map((directory) => `${directory}/package.json`).filter((path) => existsSync(path)),
    ...filesBelow(inRepository('libs/proto/gen')),
    ...filesBelow(inRepository('tools/supervisor')),
    inRepository('tools/start-options.mjs'),
    inRepository('tools/setup/build.mjs'),
    inRepository('tsconfig.json'),
    inRepository('package-lock.json'),
  ].filter((path) => !path.endsWith('.test.ts'));
}
