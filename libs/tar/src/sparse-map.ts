import { dataLoss, invalidArgument } from '@arcbox/errors';
import type { Extent, LayerEntry } from './layer-entry.ts';
import type { PaxRecords } from './pax.ts';
import { blockSize, readNumber, type TarHeader } from './tar-header.ts';

/** Where the stored bytes of a sparse file belong. */
export interface SparseMap {
  /** Bytes of the whole file. */
  readonly size: number;
  /** As the archive has them: neither checked nor in order. */
  readonly extents: readonly Extent[];
  /** Bytes of the file's content that the map itself took. */
  readonly mapBytes: number;
}

/** Reads a map; wants the next block whenever it yields. */
export type SparseMapReading = Generator<undefined, SparseMap, Buffer>;

/** More pieces than a file that is sparse for a reason has. */
export const maxExtents = 50_000;

/**
 * How to read the map of a sparse file, in the four formats of GNU tar ("Storing Sparse Files" in its manual): in the
 * blocks after the header, in pax records (0.0 and 0.1), or in the first blocks of the content (1.0). Undefined when
 * the file is none.
 */
export function startSparseMap({ type }: TarHeader, block: Buffer, pax: PaxRecords): SparseMapReading | undefined {
  if (type === 'S') return readOldMap(block);
  const version = ['GNU.sparse.major', 'GNU.sparse.minor'].map((key) => pax.get(key) ?? '').join('.');
  if (version === '1.0') return readContentMap(pax);
  if (version !== '.' && version !== '0.0' && version !== '0.1')
    throw invalidArgument(`the archive holds a sparse file of unknown format ${JSON.stringify(version)}`);
  return pax.has('GNU.sparse.map') || pax.has('GNU.sparse.size') ? readPaxMap(pax) : undefined;
}

/** The entry of a sparse file, whole: its size is that of the file. DATA_LOSS when the map and what is stored do not agree. */
export function applySparseMap(entry: LayerEntry, { size, extents, mapBytes }: SparseMap): LayerEntry {
  const inOrder = extents.every(({ offset, length }, index) => {
    const before = extents[index - 1];
    return offset + length <= size && (!before || before.offset + before.length <= offset);
  });
  const stored = extents.reduce((sum, { length }) => sum + length, 0);
  if (!inOrder || stored !== entry.size - mapBytes) throw broken();
  return { ...entry, size, extents: extents.filter(({ length }) => length > 0) };
}

/** Bytes that an archive has of a file. */
export function storedBytes({ size, extents }: Pick<LayerEntry, 'size' | 'extents'>): number {
  return extents ? extents.reduce((sum, { length }) => sum + length, 0) : size;
}

/** What the extended header says of a file whose content begins with a map in format 1.0. */
export function contentMapRecords({ size }: LayerEntry): [key: string, value: string][] {
  return [['GNU.sparse.major', '1'], ['GNU.sparse.minor', '0'], ['GNU.sparse.realsize', String(size)]];
}

/** Content that begins with a map in format 1.0. */
export function encodeContentMap({ size, extents = [] }: LayerEntry): Buffer {
  // The last one says where the file ends, as GNU tar has it.
  const all = [...extents, { offset: size, length: 0 }];
  const text = `${all.length}\n${all.map(({ offset, length }) => `${offset}\n${length}\n`).join('')}`;
  return Buffer.alloc(Math.ceil(text.length / blockSize) * blockSize).fill(text, 0, text.length, 'latin1');
}

/** GNU's own headers: four extents in the header, 21 in each block after it, as long as one says that another follows. */
function* readOldMap(header: Buffer): SparseMapReading {
  const extents = extentsIn(header, 386, 4);
  for (let more = header[482]; more !== 0;) {
    const block = yield;
    extents.push(...extentsIn(block, 0, 21));
    if (extents.length > maxExtents) throw tooMany();
    more = block[504];
  }
  return { size: readNumber(header, [483, 12]), extents, mapBytes: 0 };
}

function extentsIn(block: Buffer, start: number, most: number): Extent[] {
  const extents: Extent[] = [];
  for (let at = start; extents.length < most && block[at] !== 0; at += 24) {
    const [offset, length] = [readNumber(block, [at, 12]), readNumber(block, [at + 12, 12])];
    if (offset < 0 || length < 0) throw broken();
    extents.push({ offset, length });
  }
  return extents;
}

function* readPaxMap(pax: PaxRecords): SparseMapReading {
  const map = pax.get('GNU.sparse.map') ?? '';
  const extents = pairs(map === '' ? [] : map.split(','));
  const announced = pax.get('GNU.sparse.numblocks');
  if (announced !== undefined && numberIn(announced) !== extents.length) throw broken();
  return { size: numberIn(pax.get('GNU.sparse.size')), extents, mapBytes: 0 };
}

/** Decimal numbers, a line each: how many extents, then offset and length of each; filled up to whole blocks. */
function* readContentMap(pax: PaxRecords): SparseMapReading {
  const lines: string[] = [];
  let [rest, mapBytes, wanted] = ['', 0, 1];
  while (lines.length < wanted) {
    const block = yield;
    mapBytes += blockSize;
    const parts = (rest + block.toString('latin1')).split('\n');
    rest = parts.pop() ?? '';
    // A number of an archive has at most 20 digits.
    if (rest.length > 20 && lines.length + parts.length < wanted) throw broken();
    lines.push(...parts.slice(0, wanted - lines.length));
    if (wanted === 1 && lines[0] !== undefined) {
      wanted = 1 + 2 * numberIn(lines[0]);
      if (wanted > 1 + 2 * maxExtents) throw tooMany();
      lines.push(...parts.slice(1, wanted));
    }
  }
  return { size: numberIn(pax.get('GNU.sparse.realsize')), extents: pairs(lines.slice(1)), mapBytes };
}

function pairs(numbers: readonly string[]): Extent[] {
  if (numbers.length % 2 !== 0) throw broken();
  if (numbers.length > 2 * maxExtents) throw tooMany();
  return Array.from({ length: numbers.length / 2 }, (_, index) => {
    return { offset: numberIn(numbers[2 * index]), length: numberIn(numbers[2 * index + 1]) };
  });
}

function numberIn(text: string | undefined): number {
  const number = /^\d{1,20}$/.test(text ?? '') ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) throw broken();
  return number;
}

const broken = (): Error => dataLoss('broken tar archive: broken map of a sparse file');
const tooMany = (): Error => invalidArgument(`the archive holds a sparse file of more than ${maxExtents} pieces`);
