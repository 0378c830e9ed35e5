/** The suite guards itself: nothing is left out in silence, and what the product can do is somewhere tried. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../src/values/problems/codes.js';

/** Codes that no test provokes, each with the reason. */
const NOT_PROVOKED: Readonly<Record<string, string>> = {
  MIGRATION_FAILED: 'a migration that fails would have to be shipped; scripts/migrate.mjs is tried at every change of the schema',
};

const THIS = path.join('test', 'core', 'suite.test.ts');
const SOURCES = filesBelow('test').filter((file) => file.endsWith('.ts') && file !== THIS);
const TESTS = SOURCES.filter((file) => /\.(test|contract)\.ts$/.test(file));
const textOf = new Map(SOURCES.map((file) => [file, fs.readFileSync(file, 'utf8')]));
const everything = [...textOf.values()].join('\n');

/** What is found in each file of tests, behind the file's name. */
const inTests = (pattern: RegExp, found: (match: RegExpExecArray) => string): string[] =>
  TESTS.flatMap((file) => [...(textOf.get(file) ?? '').matchAll(pattern)].map((match) => `${file}: ${found(match)}`));

it('no test is focused, skipped or put off', () => {
  // A conditional skip (`context.skip`) says why.
  const put = /^.*\b(?:it|test|describe)\.(?:only|skip|todo|fails)\b.*$/gm;
  expect(inTests(put, ([line]) => line.trim())).toEqual([]);
});

it('no two tests of a file have one name', () => {
  const named = /\b(?:it|test)(?:\.\w+(?:\([^)]*\))?)*\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g;
  // A title with `$` has the row's name in it.
  const names = inTests(named, (match) => match[2] ?? '').filter((name) => !name.includes('$'));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it('every problem code occurs in a test, or is listed with a reason', () => {
  const missing = PROBLEM_CODES.filter((code) => !new RegExp(`\\b${code}\\b`).test(everything));
  expect(missing.filter((code) => !(code in NOT_PROVOKED))).toEqual([]);
});

it('no reason is kept for a code that a test provokes, or that is gone', () => {
  const stale = Object.keys(NOT_PROVOKED).filter(
    (code) => !(PROBLEM_CODES as readonly string[]).includes(code) || new RegExp(`\\b${code}\\b`).test(everything),
  );
  expect(stale).toEqual([]);
});

it("every member of an adapter family runs its family's contract", () => {
  const members = ['issuers', 'installers', 'hosts'].flatMap((family) =>
    fs
      .readdirSync(path.join('src/adapters', family), { withFileTypes: true })
      // What those that read files have in common is no member.
      .filter((entry) => entry.isDirectory() && entry.name !== 'generations')
      .map((entry) => path.join('test/contract', family, `${entry.name}.test.ts`)),
  );
  expect(members.length).toBeGreaterThan(0);
  expect(members.filter((file) => !/[a-z]Contract\(/.test(textOf.get(file) ?? ''))).toEqual([]);
});

it('every query, mutation and subscription of the schema occurs in a test over the API', () => {
  const schema = buildSchema(fs.readFileSync('schema.graphql', 'utf8'));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}));
  const overTheApi = SOURCES.filter((file) => /^test\/(api|journey|support)\//.test(file)).map((file) => textOf.get(file) ?? '');
  const isAsked = (field: string) => overTheApi.some((text) => new RegExp(`\\b${field}\\b`).test(text));
  expect(fields.filter((field) => !isAsked(field))).toEqual([]);
});

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

it('no file that makes our own handshakes may import node:tls, wherever it lies', () => {
  type Rule = { readonly name: string; readonly from: { readonly path: string }; readonly to: { readonly path: string } };
  const { forbidden } = createRequire(import.meta.url)('../../.ci/boundaries.cjs') as { readonly forbidden: readonly Rule[] };
  const rule = forbidden.find(({ name }) => name === 'probe-without-node-tls');
  const network = 'src/adapters/network';
  const files = [...filesBelow('src/cores'), ...filesBelow(`${network}/probe`), `${network}/prober.ts`, `${network}/site-checker.ts`];
  expect(files.filter((file) => !new RegExp(rule?.from.path ?? '^$').test(file))).toEqual([]);
  expect(['tls', 'node:tls'].filter((module) => !new RegExp(rule?.to.path ?? '^$').test(module))).toEqual([]);
  // The rule is about files; this is about what they say, so that it cannot be got round by another name of the module.
  const sources = files.filter((file) => fs.existsSync(file)).map((file) => [file, fs.readFileSync(file, 'utf8')] as const);
  expect(sources.filter(([, text]) => /['"](?:node:)?tls['"]/.test(text)).map(([file]) => file)).toEqual([]);
});
