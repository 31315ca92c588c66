import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { describeIf } from '@arcbox/testing';
import { buildListed } from '../../apps/images/test/listed-build.ts';
import { topDirectory } from './building.ts';
import { type Engine, startEngine } from './engine.ts';

describeIf(['root', 'overlay', 'nats-server', 'bsdtar'], 'the context of a build', () => {
  let engine: Engine;
  let root: string;

  beforeAll(async () => {
    engine = await startEngine({ args: ['--scale', 'images=2'] });
    root = mkdtempSync(join(tmpdir(), 'abx-context-'));
  });

  afterAll(async () => {
    rmSync(root, { recursive: true, force: true });
    await engine[Symbol.asyncDispose]();
  });

  function plant(directory: string, files: { readonly [name: string]: string }): string {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(root, directory, name, '..'), { recursive: true });
      writeFileSync(join(root, directory, name), content);
    }
    return join(root, directory);
  }

  it('is sent once, and arrives as it is', async () => {
    const context = plant('whole', { Dockerfile: 'FROM scratch\nCOPY . /x/', first: 'one file', large: 'x'.repeat(3_000_000) });
    linkSync(join(context, 'first'), join(context, 'second'));
    const odd = Buffer.from([0xff, 0xfe]);
    writeFileSync(Buffer.concat([Buffer.from(`${context}/`), odd]), 'odd');
    const id = await engine.ok('build', '-q', '-t', 'whole', context);
    const made = join(await topDirectory(engine, 'whole'), 'x');
    expect(readdirSync(made, 'buffer').sort(Buffer.compare)).toEqual([...['Dockerfile', 'first', 'large', 'second'].map((name) => Buffer.from(name)), odd]);
    expect(statSync(join(made, 'second')).ino).toBe(statSync(join(made, 'first')).ino);
    // Calls go round-robin: consecutive ones reach different replicas.
    for (let replica = 0; replica < 2; replica++) {
      expect(await engine.ok('build', '-q', context)).toBe(id);
      const contents = ['Dockerfile', 'first', 'large'].map((name) => ({ name, content: readFileSync(join(context, name)) }));
      const builds = engine.client(BuildServiceDefinition);
      expect((await buildListed({ builds }, [...contents, { name: 'new', content: `${replica}` }])).wanted).toEqual(['new']);
    }
  });

  it('has no more in it than the list of its Dockerfile lets in, wherever that is', async () => {
    const dockerfile = 'FROM scratch\nCOPY . /x/';
    const context = plant('listed', { '.dockerignore': 'a', a: '', b: '', c: '', In: dockerfile, 'In.dockerignore': 'b\nIn*' });
    const outside = plant('outside', { Out: dockerfile, 'Out.dockerignore': 'c\n.dockerignore\nIn*', Plain: dockerfile });
    const built = async (file: string): Promise<string[]> => {
      await engine.ok('build', '-q', '-t', 'listed', '-f', file, context);
      return readdirSync(join(await topDirectory(engine, 'listed'), 'x')).sort();
    };
    expect(await built(join(context, 'In'))).toEqual(['.dockerignore', 'a', 'c']);
    expect(await built(join(outside, 'Out'))).toEqual(['a', 'b']);
    expect(await built(join(outside, 'Plain'))).toEqual(['.dockerignore', 'In', 'In.dockerignore', 'b', 'c']);
  });
});
