import { dataLoss } from '@arcbox/errors';
import { encodeHeader, paddingOf, zeroBlock } from '@arcbox/tar';

/** A file of an archive that is being written. */
export interface Member {
  readonly name: string;
  /** Bytes that `open` gives. */
  readonly size: number;
  open(): AsyncIterable<Buffer>;
}

/** A plain tar archive, piece by piece; the same members give the same bytes. */
export async function* writeTar(members: AsyncIterable<Member>): AsyncGenerator<Buffer, void, undefined> {
  for await (const { name, size, open } of members) {
    yield encodeHeader({ ...plainFile, name, size });
    let written = 0;
    for await (const chunk of open()) {
      written += chunk.length;
      // The next header would stand in the middle of this file.
      if (written > size) break;
      yield chunk;
    }
    if (written !== size) throw dataLoss(`${name}: ${written > size ? 'more' : 'fewer'} than ${size} bytes`);
    yield zeroBlock.subarray(0, paddingOf(size));
  }
  yield Buffer.concat([zeroBlock, zeroBlock]);
}

const plainFile = { mode: 0o644, uid: 0, gid: 0, mtime: 0, type: '0', link: '', major: 0, minor: 0 };
