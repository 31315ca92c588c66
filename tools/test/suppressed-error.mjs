/**
 * What a test throws when its body fails and then the disposal of something it used fails too. Unlike the language's
 * own SuppressedError it tells both in its message, which is all that jest prints.
 */
class BothErrors extends SuppressedError {
  /**
   * @param {unknown} error of the disposal
   * @param {unknown} suppressed of the body, or of an earlier disposal
   */
  constructor(error, suppressed) {
    super(error, suppressed, `${describe(suppressed)}\n\nand then, while disposing: ${describe(error)}`);
    this.name = 'SuppressedError';
  }
}

/** @param {unknown} error */
const describe = (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

// swc's helper for `using` looks for this global by mistake (it declares the name with a digit behind it), and without
// it throws a ReferenceError that hides both.
Object.assign(globalThis, { _SuppressedError: BothErrors });
