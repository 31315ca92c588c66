/**
 * An import of any kind: what it names and the node to complain about.
 * @typedef {(specifier: string, node: import('estree').Node) => void} OnImport
 */

/**
 * Calls `onImport` for each module that a file names: import, export from, import(), and `import('x').T` as a type.
 * @param {OnImport} onImport
 * @returns {import('eslint').Rule.RuleListener}
 */
export function visitImports(onImport) {
  const visit = (/** @type {any} */ node) => {
    const source = node.source ?? node.argument?.literal ?? node.argument;
    if (typeof source?.value === 'string') onImport(source.value, source);
  };
  return {
    ImportDeclaration: visit,
    ExportNamedDeclaration: visit,
    ExportAllDeclaration: visit,
    ImportExpression: visit,
    TSImportType: visit,
  };
}
