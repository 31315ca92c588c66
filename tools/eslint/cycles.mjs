import { readFileSync } from 'node:fs';
import { pathInRepository, resolveImport } from './layout.mjs';

/** Import or export statements that exist at run time: those of types only vanish, and dynamic ones come later. */
const statement = /^(?:import|export)\s+(?!type\b)(?:([^'";]*?)\s*from\s+)?['"]([^'"]+)['"]/gm;

/** @type {Map<string, string[]>} */
const known = new Map();

/** @type {import('eslint').Rule.RuleModule} */
export const noCycles = {
  meta: {
    type: 'problem',
    docs: { description: 'Files do not import each other in a circle.' },
    schema: [],
    messages: { cycle: 'import cycle: {{way}}. Move what both need into a file of its own.' },
  },
  create(context) {
    const { cwd, filename } = context;
    return {
      Program(node) {
        known.set(filename, importsIn(context.sourceCode.text, filename, cwd));
        const way = findWayBack(filename, cwd);
        if (!way) return;
        const text = way.map((file) => pathInRepository(file, cwd)).join(' → ');
        context.report({ node, messageId: 'cycle', data: { way: text } });
      },
    };
  },
};

/**
 * The shortest way over imports from `start` to itself.
 * @param {string} start
 * @param {string} root
 * @returns {string[] | undefined}
 */
function findWayBack(start, root) {
  /** @type {Map<string, string>} */
  const cameFrom = new Map();
  const queue = [start];
  for (const file of queue) {
    for (const next of importsOf(file, root)) {
      if (next === start) return wayTo(file, start, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return undefined;
}

/**
 * @param {string} last
 * @param {string} start
 * @param {Map<string, string>} cameFrom
 */
function wayTo(last, start, cameFrom) {
  const way = [start];
  for (let file = last; file !== start; file = cameFrom.get(file) ?? start) way.unshift(file);
  return [start, ...way];
}

/**
 * @param {string} file
 * @param {string} root
 */
function importsOf(file, root) {
  let imports = known.get(file);
  if (!imports) known.set(file, (imports = importsIn(read(file), file, root)));
  return imports;
}

/**
 * @param {string} text
 * @param {string} file
 * @param {string} root
 */
function importsIn(text, file, root) {
  return [...text.matchAll(statement)]
    .filter(([, names]) => !isTypesOnly(names ?? ''))
    .flatMap(([, , specifier]) => resolveImport(specifier ?? '', file, root) ?? []);
}

/** `{ type A, type B }` */
function isTypesOnly(/** @type {string} */ names) {
  const inBraces = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  const list = inBraces?.split(',').map((name) => name.trim()).filter(Boolean) ?? [];
  return list.length > 0 && list.every((name) => name.startsWith('type '));
}

function read(/** @type {string} */ file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The compiler will say that it is missing.
    return '';
  }
}
