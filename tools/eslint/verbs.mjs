import { pathInRepository } from './layout.mjs';
import { visitImports } from './import-visitor.mjs';

/** Files whose work it is to speak gRPC or to translate it. */
const speakers = /(^|\/)(main|worker|([a-z0-9-]+-)?(service|wire|client))\.ts$|\/wire\/[^/]+\.ts$|\.test\.ts$/;

/** Apps that are nothing but gRPC: a client of it, and a bridge for it. */
const exempt = /^apps\/(cli|gateway)\//;

/** @type {import('eslint').Rule.RuleModule} */
export const plainVerbs = {
  meta: {
    type: 'problem',
    docs: { description: 'Files that do the work of a worker know neither gRPC nor generated types.' },
    schema: [],
    messages: {
      plain:
        'a file that does the work must not import {{specifier}}: take domain types; convert in wire.ts (*-wire.ts), ' +
        'answer in service.ts (*-service.ts), call other workers in a *-client.ts.',
    },
  },
  create(context) {
    const path = pathInRepository(context.filename, context.cwd);
    if (!/^apps\/[^/]+\/src\//.test(path) || exempt.test(path) || speakers.test(path)) return {};
    return visitImports((specifier, node) => {
      if (/^(nice-grpc|@grpc\/|@arcbox\/proto(\/|$))/.test(specifier)) {
        context.report({ node, messageId: 'plain', data: { specifier } });
      }
    });
  },
};
