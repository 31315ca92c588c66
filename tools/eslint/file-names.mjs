import { basename } from 'node:path';

const vague = ['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'types'];

/** @type {import('eslint').Rule.RuleModule} */
export const fileNames = {
  meta: {
    type: 'suggestion',
    docs: { description: 'A file is named, in kebab-case, for its one noun or verb.' },
    schema: [],
    messages: {
      kebab: '{{name}}: file names are kebab-case: words of a-z and 0-9 with - between.',
      vague: '{{name}} says nothing about what is inside: name the file for its one noun or verb.',
    },
  },
  create(context) {
    const name = basename(context.filename);
    const stem = name.split('.')[0] ?? '';
    return {
      Program(node) {
        if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$/.test(name)) {
          context.report({ node, messageId: 'kebab', data: { name } });
        }
        if (vague.includes(stem)) context.report({ node, messageId: 'vague', data: { name } });
      },
    };
  },
};
