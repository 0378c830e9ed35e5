/** What the compiler cannot forbid: other clocks, other randomness, waiting by hand, secrets opened in the wrong room. */
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

const ban = (selector, message) => ({ selector, message });
const clock = [
  ban("NewExpression[callee.name='Date'][arguments.length=0]", 'Take `now` as an argument or ask the Clock.'),
  ban("MemberExpression[object.name='Date'][property.name='now']", 'Take `now` as an argument or ask the Clock.'),
];
const random = [
  ban("MemberExpression[object.name='Math'][property.name='random']", 'Ask the Random.'),
  ban('ImportDeclaration[source.value=/^(node:)?crypto$/] > ImportSpecifier[imported.name=/^random/]', 'Ask the Random.'),
  ban('ImportDeclaration[source.value=/^(node:)?crypto$/] > ImportDefaultSpecifier', 'Import from crypto by name.'),
];
const waiting = [ban('CallExpression[callee.name=/^(setTimeout|setInterval)$/]', "Waiting is the job queue's business.")];
const reveal = [ban('CallExpression[callee.property.name=/^reveal(Text)?$/]', 'Secrets are opened in adapters/ and platform/vault only.')];
const restrict = (files, ...bans) => ({ files, rules: { 'no-restricted-syntax': ['error', ...bans.flat()] } });

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'src/platform/database/generated/', '.hostseal/'] },
  ...ts.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400 }],
      'no-console': 'error',
    },
  },
  restrict(['src/**/*.ts'], clock, random, waiting, reveal),
  restrict(['src/adapters/**/*.ts'], clock, random, waiting),
  restrict(['src/platform/vault/**/*.ts', 'src/platform/platform.module.ts'], clock, random, waiting),
  // These rooms bound what takes time: sockets, child processes, leases, the queue.
  restrict(['src/adapters/network/**/*.ts', 'src/adapters/installers/embedded-edge/**/*.ts'], clock, random),
  restrict(['src/platform/jobs/**/*.ts', 'src/cli/**/*.ts'], clock, random, reveal),
  // These open the database's URL, to connect and to hand it to the API process.
  restrict(['src/platform/database/**/*.ts', 'src/supervisor/**/*.ts'], clock, random),
  restrict(['src/run-app.ts'], clock, random, reveal),
  // Streams to those who watch: these keep them alive, and look for what is new as long as somebody reads.
  restrict(['src/graphql/subscriptions.ts', 'src/features/site-checks/check-progress.service.ts'], clock, random, reveal),
  { files: ['src/platform/clock.ts', 'src/platform/random.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/cli/**/*.ts', 'src/supervisor/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['src/values/problems/catalogue.ts'], rules: { 'max-lines': 'off' } },
  { files: ['.ci/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
