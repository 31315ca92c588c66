import { isTest, pathInRepository } from './layout.mjs';
import { visitImports } from './import-visitor.mjs';

/** What only some folders may use, so that changing it means changing those. */
const homes = /** @type {Record<string, string[]>} */ ({
  '@grpc/grpc-js': ['libs/rpc', 'libs/proto', 'apps/gateway'],
  '@opentelemetry': ['libs/tracing'],
  nats: ['libs/events', 'libs/rpc'],
  pino: ['libs/log'],
  'process.env': ['libs/config'],
});

/** @type {import('eslint').Rule.RuleModule} */
export const packageHomes = {
  meta: {
    type: 'problem',
    docs: { description: 'Some packages, and the environment, are used in one place only.' },
    schema: [],
    messages: { home: '{{name}} is used only in {{homes}}: use what they offer.' },
  },
  create(context) {
    const path = pathInRepository(context.filename, context.cwd);
    if (isTest(path) || !/^(libs|apps)\//.test(path)) return {};
    const check = (/** @type {string} */ name, /** @type {import('estree').Node} */ node) => {
      const places = homes[name];
      if (!places || places.some((place) => path.startsWith(`${place}/`))) return;
      context.report({ node, messageId: 'home', data: { name, homes: places.join(', ') } });
    };
    return {
      ...visitImports((specifier, node) => {
        const name = Object.keys(homes).find((one) => specifier === one || specifier.startsWith(`${one}/`));
        if (name !== undefined) check(name, node);
      }),
      "MemberExpression[object.name='process'][property.name='env']": (/** @type {import('estree').Node} */ node) =>
        check('process.env', node),
      "MemberExpression[object.name='process'][property.value='env']": (/** @type {import('estree').Node} */ node) =>
        check('process.env', node),
      "ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name='env']": (
        /** @type {import('estree').Node} */ node,
      ) => check('process.env', node),
    };
  },
};
