/** Longer ones do not fit the trailers that some clients accept: 8 KiB of everything, percent-encoded. */
const longest = 1_000;

/** Bytes of `grpc-message` at most; characters beyond ASCII take up to twelve each. */
const longestEncoded = 4_000;

/** What an error says, cut where it would not reach the client: a reference may have been 64 KiB long. */
export function statusMessage(text: string): string {
  let encoded = 0;
  let count = 0;
  for (const character of text) {
    encoded += encodedLength(character);
    count += character.length;
    if (count > longest || encoded > longestEncoded) return `${text.slice(0, count - character.length)}…`;
  }
  return text;
}

/** Percent-encoding leaves printable ASCII as it is, and `%` not. */
function encodedLength(character: string): number {
  return /^[ -$&-~]$/.test(character) ? 1 : 3 * Buffer.byteLength(character);
}
