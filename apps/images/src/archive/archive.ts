import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss, invalidArgument } from '@arcbox/errors';
import { cleanName, decompress, readTar, splitName } from '@arcbox/tar';
import { refuseBomb } from '../unpack/bomb.ts';
import type { UnpackLimits } from '../unpack/extract.ts';

/** Members of an archive; nobody packs more than this. */
const maxFiles = 10_000;

/** Files that are read whole are descriptions; bytes. */
const maxDescription = 8 * 1024 * 1024;

/** The files of an archive, on disk under names of our own. */
export class ArchiveFiles {
  readonly #paths = new Map<string, { path: string; size: number }>();
  readonly #links = new Map<string, string>();

  add(name: string, path: string, size: number): void {
    this.#makeRoom();
    this.#paths.set(name, { path, size });
  }

  /** Archives of old Docker link equal layers to each other. */
  link(name: string, target: string): void {
    this.#makeRoom();
    this.#links.set(name, target);
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** Where a member lies, and its bytes; DATA_LOSS when the archive lacks it. */
  get(name: string): { path: string; size: number } {
    const file = this.#find(name);
    if (!file) throw dataLoss(`the archive lacks ${name}`);
    return file;
  }

  /** The content of a short member. */
  async read(name: string): Promise<Buffer> {
    const { path, size } = this.get(name);
    if (size > maxDescription) throw invalidArgument(`the archive's ${name} is larger than ${maxDescription} bytes`);
    return readFile(path);
  }

  #makeRoom(): void {
    if (this.#paths.size + this.#links.size >= maxFiles) throw invalidArgument(`the archive holds more than ${maxFiles} files`);
  }

  #find(name: string): { path: string; size: number } | undefined {
    return this.#paths.get(name) ?? this.#paths.get(this.#links.get(name) ?? '');
  }
}

/**
 * Reads a tar archive that may be compressed, and puts its files into `directory`
 * under numbers. Of a compressed one no more than `limits` allow.
 */
export async function spoolArchive(
  archive: AsyncIterable<Buffer>,
  directory: string,
  limits: UnpackLimits,
): Promise<ArchiveFiles> {
  const files = new ArchiveFiles();
  let number = 0;
  for await (const { name, type, link, size, content } of readTar(unpack(archive, limits), { maxHoles: limits.maxBytes })) {
    if (type === '2') files.link(name, cleanName(`${splitName(name).directory}/${link}`));
    else if (type === '1') files.link(name, link);
    if (type !== '0') continue;
    const path = join(directory, String(number++));
    await using file = await open(path, 'wx', 0o600);
    await copy(content, file);
    files.add(name, path, size);
  }
  return files;
}

async function* unpack(archive: AsyncIterable<Buffer>, limits: UnpackLimits): AsyncGenerator<Buffer, void, undefined> {
  let [packed, plain] = [0, 0];
  const counted = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of archive) {
      packed += chunk.length;
      yield chunk;
    }
  };
  for await (const chunk of decompress(counted())) {
    plain += chunk.length;
    if (plain > packed) refuseBomb('the archive', plain, packed, limits);
    yield chunk;
  }
}

async function copy(content: AsyncIterable<Buffer>, file: FileHandle): Promise<void> {
  for await (const chunk of content) await file.writeFile(chunk);
}
