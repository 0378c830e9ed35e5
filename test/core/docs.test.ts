/** The documentation names things that are there. That generated parts are not stale is checked by `scripts/docs.mjs --check`. */
import fs from 'node:fs';
import path from 'node:path';
import { buildSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { expect, it } from 'vitest';

const PAGES = ['README.md', 'CHANGELOG.md', ...filesBelow('docs').filter((file) => file.endsWith('.md'))];
const UPPER_CASE = /\b([A-Z]+(?:_[A-Z]+)+)\b/g;
/** Words of others, and variables of scripts in the documentation. */
const NOT_OURS = ['NODE_COMPILE_CACHE', 'HOSTSEAL_URL', 'CAP_NET_BIND_SERVICE'];

it('links lead to files that are there', () => {
  const links = inPages(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g);
  expect(links.filter(({ page, text }) => !fs.existsSync(path.join(path.dirname(page), text)))).toEqual([]);
});

it('source files that are named are there', () => {
  const sources = ['src', 'scripts', 'test'].flatMap(filesBelow);
  const named = inPages(/`((?:[\w.-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|cjs))`/g);
  expect(named.filter(({ text }) => !fs.existsSync(text) && !sources.some((file) => file.endsWith(`/${text}`)))).toEqual([]);
});

it('variables, codes and values that are named are there', () => {
  const sources = filesBelow('src').map((file) => fs.readFileSync(file, 'utf8'));
  const known = new Set(sources.flatMap((text) => text.match(UPPER_CASE) ?? []));
  const words = inPages(UPPER_CASE).filter(({ text }) => !NOT_OURS.includes(text));
  expect(words.filter(({ text }) => !known.has(text))).toEqual([]);
});

it('every type, field and value of the schema is described', () => {
  const types = Object.values(buildSchema(fs.readFileSync('schema.graphql', 'utf8')).getTypeMap());
  const ours = types.filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type));
  const silent = ours.flatMap((type) => {
    const fields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
    const parts = [...fields, ...(isEnumType(type) ? type.getValues() : [])];
    const isRoot = ['Query', 'Mutation', 'Subscription'].includes(type.name);
    return [
      ...(type.description || isRoot ? [] : [type.name]),
      ...parts.filter((part) => !part.description).map((part) => `${type.name}.${part.name}`),
    ];
  });
  expect(silent).toEqual([]);
});

type Named = { readonly page: string; readonly text: string };

/** The first group of each match. */
function inPages(pattern: RegExp): Named[] {
  return PAGES.flatMap((page) => [...fs.readFileSync(page, 'utf8').matchAll(pattern)].map((match) => ({ page, text: match[1] ?? '' })));
}

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
