import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { plugin } from './plugin.mjs';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'abx-lint-'));
  for (const [directory, name, layer] of [
    ['libs/store', '@arcbox/store', 'base'],
    ['libs/rpc', '@arcbox/rpc', 'platform'],
    ['libs/proto', '@arcbox/proto', 'proto'],
    ['libs/config', '@arcbox/config', 'base'],
    ['apps/images', '@arcbox/app-images', 'app'],
    ['apps/containers', '@arcbox/app-containers', 'app'],
  ] as const) {
    const manifest = { name, exports: { '.': './src/index.ts' }, nx: { tags: [`layer:${layer}`] } };
    write(`${directory}/package.json`, JSON.stringify(manifest));
  }
  write('libs/untagged/package.json', JSON.stringify({ name: '@arcbox/untagged' }));
});
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** What one rule says to `code` in a file of the little repository. */
function lint(rule: keyof typeof plugin.rules, path: string, code: string): string[] {
  const linter = new Linter({ cwd: root, configType: 'flat' });
  const config = {
    files: ['**/*.ts', '**/*.mjs'],
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    plugins: { arcbox: plugin as object },
    rules: { [`arcbox/${rule}`]: 'error' as const },
  };
  return linter.verify(code, [config], { filename: join(root, path) }).map(({ message }) => message);
}

describe('layering', () => {
  test.each([
    ['libs/rpc/src/a.ts', "import { Store } from '@arcbox/store'"],
    ['libs/rpc/src/a.ts', "import type { Event } from '@arcbox/proto/arcbox/v1/api'"],
    ['apps/images/src/a.ts', "import { serve } from '@arcbox/rpc'"],
    ['apps/images/src/a.ts', "import { b } from './b.ts'; import fs from 'node:fs'; import pino from 'pino'"],
    ['libs/store/src/a.test.ts', "import { serve } from '@arcbox/rpc'"],
    ['apps/images/test/a.test.ts', "import { startWorker } from '../../containers/src/worker.ts'"],
    ['tools/a.mjs', "import { startWorker } from '../apps/images/src/worker.ts'"],
  ])('%s may: %s', (path, code) => {
    expect(lint('layering', path, code)).toEqual([]);
  });

  test('a base package must not import upwards, in any form', () => {
    const forms = [
      "import { serve } from '@arcbox/rpc'",
      "import type { Clients } from '@arcbox/rpc'",
      "export * from '@arcbox/rpc'",
      "export { serve } from '@arcbox/rpc'",
      "const rpc = await import('@arcbox/rpc')",
      "type T = import('@arcbox/rpc').Clients",
      "import { serve } from '../../rpc/src/serve.ts'",
    ];
    const message = '@arcbox/store (layer:base) must not import @arcbox/rpc (layer:platform): it may import layer:base.';
    for (const form of forms) expect(lint('layering', 'libs/store/src/a.ts', form)).toEqual([message]);
  });

  test('an app must not import an app, by path or by name', () => {
    const byPath = lint('layering', 'apps/images/src/a.ts', "import { x } from '../../containers/src/x.ts'");
    const byName = lint('layering', 'apps/images/src/a.ts', "import { x } from '@arcbox/app-containers'");
    expect(byPath).toEqual([expect.stringContaining('must not import @arcbox/app-containers (layer:app)')]);
    expect(byName).toEqual(byPath);
  });

  test('another package is entered by its door', () => {
    const messages = lint('layering', 'apps/images/src/a.ts', "import { serve } from '../../../libs/rpc/src/serve.ts'");
    expect(messages).toEqual([expect.stringContaining('@arcbox/rpc is another package')]);
  });

  test('a package without a layer is told how to get one', () => {
    expect(lint('layering', 'libs/untagged/src/a.ts', '')).toEqual([expect.stringContaining('has no layer')]);
  });
});

describe('package homes', () => {
  test.each([
    ['libs/rpc/src/a.ts', "import { Channel } from '@grpc/grpc-js'; import { connect } from 'nats'"],
    ['libs/config/src/a.ts', 'export const home = process.env.HOME'],
    ['apps/images/src/a.test.ts', 'process.env.X = "1"'],
    ['libs/testing/src/a.ts', 'process.env.X = "1"'],
    ['tools/a.mjs', "import { connect } from 'nats'; process.env.X"],
    ['apps/images/src/a.ts', 'const env = request.env; process.exit(1)'],
  ])('%s may: %s', (path, code) => {
    expect(lint('package-homes', path, code)).toEqual([]);
  });

  test.each([
    ["import { Channel } from '@grpc/grpc-js'", '@grpc/grpc-js is used only in libs/rpc, libs/proto, apps/gateway'],
    ["import { x } from '@grpc/grpc-js/build/src/x.js'", '@grpc/grpc-js is used only in'],
    ["import { connect } from 'nats'", 'nats is used only in libs/events, libs/rpc'],
    ["import pino from 'pino'", 'pino is used only in libs/log'],
    ['process.env.HOME', 'process.env is used only in libs/config'],
    ["process['env'].HOME", 'process.env is used only in libs/config'],
    ["import { env } from 'node:process'", 'process.env is used only in libs/config'],
  ])('an app may not: %s', (code, message) => {
    expect(lint('package-homes', 'apps/images/src/a.ts', code)).toEqual([expect.stringContaining(message)]);
  });
});

describe('plain verbs', () => {
  const code = "import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image'";

  test.each(['service.ts', 'build-service.ts', 'wire.ts', 'event-wire.ts', 'wire/event.ts', 'images-client.ts', 'worker.ts', 'pull.test.ts'])(
    '%s may speak gRPC',
    (name) => expect(lint('plain-verbs', `apps/images/src/${name}`, code)).toEqual([]),
  );

  test('a verb may not, nor may it use the library', () => {
    expect(lint('plain-verbs', 'apps/images/src/pull.ts', code)).toEqual([expect.stringContaining('must not import @arcbox/proto/')]);
    expect(lint('plain-verbs', 'apps/images/src/pull/layer.ts', "import type { X } from 'nice-grpc-common'")).toHaveLength(1);
  });

  test('a client of gRPC, a bridge for it, and tests are another matter', () => {
    for (const path of ['apps/cli/src/pull.ts', 'apps/gateway/src/pass.ts', 'apps/images/test/pull.ts']) {
      expect(lint('plain-verbs', path, code)).toEqual([]);
    }
  });
});

describe('file names', () => {
  test.each(['pull.ts', 'event-log.test.ts', 'sha256-hex.mjs', 'eslint.config.mjs', 'fan-out.d.ts'])('%s is fine', (name) => {
    expect(lint('file-names', `tools/${name}`, '')).toEqual([]);
  });

  test.each(['eventLog.ts', 'EventLog.ts', 'event_log.ts', 'utils.ts', 'helpers.test.ts', 'types.ts', 'manager.mjs', 'common.ts'])(
    '%s is not',
    (name) => expect(lint('file-names', `tools/${name}`, '')).toHaveLength(1),
  );
});

describe('cycles', () => {
  test('are found over several files and packages, and shown', () => {
    write('libs/rpc/src/index.ts', "export { a } from './a.ts';\n");
    write('libs/rpc/src/a.ts', "import {\n  b,\n} from '@arcbox/store';\n");
    write('libs/store/src/index.ts', "import { a } from '../../rpc/src/a.ts';\n");
    const messages = lint('no-cycles', 'libs/rpc/src/a.ts', "import {\n  b,\n} from '@arcbox/store';\n");
    expect(messages).toEqual([expect.stringContaining('libs/rpc/src/a.ts → libs/store/src/index.ts → libs/rpc/src/a.ts')]);
    // Leads into the circle without being part of it.
    expect(lint('no-cycles', 'libs/rpc/src/index.ts', "export { a } from './a.ts';\n")).toEqual([]);
  });

  test('of types only, or through a dynamic import, are none', () => {
    write('libs/config/src/x.ts', "import { y } from './y.ts';\n");
    const typed = ["import type { X } from './x.ts'", "import { type X } from './x.ts'", "export type { X } from './x.ts'"];
    for (const code of [...typed, "const x = import('./x.ts')"]) expect(lint('no-cycles', 'libs/config/src/y.ts', code)).toEqual([]);
    expect(lint('no-cycles', 'libs/config/src/y.ts', "import { type X, x } from './x.ts'")).toHaveLength(1);
    expect(lint('no-cycles', 'libs/config/src/y.ts', "import './x.ts'")).toHaveLength(1);
  });
});
