import { isTest, pathInRepository, projectOf, projectOfImport } from './layout.mjs';
import { visitImports } from './import-visitor.mjs';

/** What each layer may import; the nx tag in a package's package.json says which one it is in. */
const layers = /** @type {Record<string, string[]>} */ ({
  'layer:base': ['layer:base'],
  'layer:proto': [],
  'layer:platform': ['layer:base', 'layer:proto', 'layer:platform'],
  'layer:app': ['layer:base', 'layer:proto', 'layer:platform'],
});

/** @type {import('eslint').Rule.RuleModule} */
export const layering = {
  meta: {
    type: 'problem',
    docs: { description: 'Packages import only from the layers below them.' },
    schema: [],
    messages: {
      layer: '{{from}} ({{layer}}) must not import {{to}} ({{other}}): it may import {{allowed}}.',
      door: '{{to}} is another package: import it by its name, through the door that its package.json opens.',
      untagged: '{{name}} has no layer: give its package.json "nx": { "tags": ["layer:…"] } with one of {{layers}}.',
    },
  },
  create(context) {
    const own = projectOf(context.filename, context.cwd);
    if (!own || isTest(pathInRepository(context.filename, context.cwd))) return {};
    const allowed = layers[own.layer];
    if (!allowed) {
      const data = { name: own.name, layers: Object.keys(layers).join(', ') };
      return { Program: (node) => context.report({ node, messageId: 'untagged', data }) };
    }
    return visitImports((specifier, node) => {
      const other = projectOfImport(specifier, context.filename, context.cwd);
      if (!other || other.directory === own.directory) return;
      if (!allowed.includes(other.layer)) {
        const text = allowed.join(', ') || 'no other package';
        const data = { from: own.name, layer: own.layer, to: other.name, other: other.layer, allowed: text };
        context.report({ node, messageId: 'layer', data });
      } else if (specifier.startsWith('.')) {
        context.report({ node, messageId: 'door', data: { to: other.name } });
      }
    });
  },
};
