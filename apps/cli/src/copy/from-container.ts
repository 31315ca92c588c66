import type { PathStat, ReadArchiveResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import { dataLoss } from '@arcbox/errors';
import { readTar, type TarMember } from '@arcbox/tar';
import { writeArchive } from '../archive.ts';
import type { Engine } from '../connection.ts';
import { kindOf } from './kind.ts';
import { lookAtTarget, unpackInto } from './local-target.ts';
import { meansContent, type Place, splitEntry } from './place.ts';
import { planCopy } from './plan.ts';
import { renamed, renamer } from './rename.ts';
import type { CopyOptions } from './to-container.ts';

/** Copies a file or directory of a container to us, or as an archive to standard output. Returns the bytes of the archive. */
export async function copyFromContainer(
  engine: Engine,
  { container: id, path: asked }: Extract<Place, { kind: 'container' }>,
  to: Exclude<Place, { kind: 'container' }>,
  options: CopyOptions,
): Promise<number> {
  // What cannot be written is told before anything is read.
  const target = to.kind === 'local' ? lookAtTarget(to.path) : undefined;
  const path = options.followLink ? await follow(engine, id, asked) : asked;
  const archive = await Archive.open(engine.furtherContainers.readArchive({ id, path }));
  if (!target) {
    await writeArchive(undefined, archive.pieces());
    return archive.bytes;
  }
  const name = meansContent(asked) ? '.' : splitEntry(asked).base;
  const source = { name: name === '/' || name === '' ? '.' : name, isDirectory: kindOf(archive.stat.mode) === 'directory' };
  const plan = planCopy(source, target);
  const members = membersOf(archive.content(), renamer(archive.stat.name, plan.name));
  await unpackInto(plan.directory, members, { keepOwners: options.keepOwners && process.getuid?.() === 0 });
  return archive.bytes;
}

/** What a link leads to instead of the link; a `/` or `/.` at the end stays. */
async function follow(engine: Engine, id: string, path: string): Promise<string> {
  const { stat } = await engine.furtherContainers.statPath({ id, path });
  return stat?.linkTarget || path;
}

async function* membersOf(content: AsyncIterable<Buffer>, rename: (name: string) => string): AsyncGenerator<TarMember, void, undefined> {
  for await (const member of readTar(content)) yield renamed(member, rename);
}

/** An archive that comes after what it is of. */
class Archive {
  readonly stat: PathStat;
  readonly #rest: AsyncIterator<ReadArchiveResponse>;
  bytes = 0;

  private constructor(stat: PathStat, rest: AsyncIterator<ReadArchiveResponse>) {
    this.stat = stat;
    this.#rest = rest;
  }

  static async open(responses: AsyncIterable<ReadArchiveResponse>): Promise<Archive> {
    const rest = responses[Symbol.asyncIterator]();
    const first = await rest.next();
    if (first.done || !first.value.stat) throw dataLoss('the engine does not say what it sends');
    return new Archive(first.value.stat, rest);
  }

  async *pieces(): AsyncGenerator<{ data: Buffer }, void, undefined> {
    try {
      for (let next; !(next = await this.#rest.next()).done;) {
        this.bytes += next.value.data.length;
        yield { data: next.value.data };
      }
    } finally {
      await this.#rest.return?.();
    }
  }

  async *content(): AsyncGenerator<Buffer, void, undefined> {
    for await (const { data } of this.pieces()) yield data;
  }
}
