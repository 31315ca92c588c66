/** Text without anything that steers a terminal: control characters become U+FFFD; line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (character) => (character === '\r' ? '' : '\ufffd'));
}

/** The same for what programs print: their colours stay. */
export function printableInColour(text: string): string {
  return text
    .split(/(\u001b\[[\d;:]*m)/)
    .map((part, index) => (index % 2 === 0 ? printable(withoutSequences(part)) : part))
    .join('');
}

/** The same without the colours. */
export function plainText(text: string): string {
  return printable(withoutSequences(text));
}

/** Without whole sequences of ECMA-48: what moves the cursor, clears the screen, sets titles. */
function withoutSequences(text: string): string {
  // A sequence with parameters; a string up to its terminator; a lone escape with its letter.
  return text.replace(
    /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-Z\\^-~]/g,
    '',
  );
}
