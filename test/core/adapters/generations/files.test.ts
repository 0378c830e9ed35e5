/** The files of a tree as text and back: what another version of Hostseal has written is read, and what a hand has changed is not. */
import { describe, expect, it } from 'vitest';
import type { Spelling } from '../../../../src/adapters/installers/generations/dialect.js';
import type { CertificateId, Site } from '../../../../src/adapters/installers/generations/site.js';
import {
  digestOf,
  readGeneration,
  readShard,
  spellGeneration,
  spellShard,
} from '../../../../src/adapters/installers/generations/tree/files.js';
import { NGINX_SPELLING } from '../../../../src/adapters/installers/nginx/nginx-dialect.js';
import { unwrap } from '../../../../src/values/result.js';

const TREE = '/var/lib/hostseal-nginx';
const id = `${'a'.repeat(64)}.${'b'.repeat(32)}` as CertificateId;
const site = (name: string): Site => ({ key: { address: '192.0.2.1', port: 443, name } as Site['key'], certificates: [id] });
const sites = [site('a.example'), site('*.b.example')];
const shard = spellShard(sites, 'a\nb\n');
const content = {
  foundation: digestOf('f\n'),
  shards: new Map([
    ['ff', digestOf('x')],
    ['0a', digestOf(shard)],
  ]),
};

it('a shard is read as it was written, and not otherwise', () => {
  expect(unwrap(readShard('0a', digestOf(shard), shard))).toEqual(sites);
  expect(readShard('0a', digestOf(shard), `${shard}\n`)).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
});

const WHOLE: Spelling = { notice: 'Ours.' };
describe.each([
  ['that includes its parts', NGINX_SPELLING, []],
  ['that holds the text of its parts', WHOLE, ['f\n', shard, 'x']],
] as const)('a generation %s', (_, spelling, texts) => {
  const spelled = spellGeneration(7, content, TREE, spelling, texts);

  it('is read as it was written', () => {
    expect(unwrap(readGeneration(7, spelled, TREE, spelling))).toEqual(content);
  });

  it.each([
    ['nothing', ''],
    ['a part less', spelled.replace(/^.*shards\/0a.*\n/m, '')],
    ['a line more', `${spelled}include ${TREE}/x;\n`],
    ['another number', spelled.replace('generation 7', 'generation 8')],
  ])('is not read with %s', (_case, changed) => {
    expect(readGeneration(7, changed, TREE, spelling)).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
  });
});

it('nginx is given what it was always given: trees that are there stay what they are', () => {
  expect(spellGeneration(7, content, TREE, NGINX_SPELLING)).toBe(
    `# Hostseal writes this file and everything beside it. Changes by hand are refused; docs/decisions/0011-nginx.md says why.
# generation 7, ${BODY}
include /var/lib/hostseal-nginx/foundations/base.${digestOf('f\n')}.conf;
include /var/lib/hostseal-nginx/shards/0a.${digestOf(shard)}.conf;
include /var/lib/hostseal-nginx/shards/ff.${digestOf('x')}.conf;
`,
  );
});

it('data are for us alone: a server that cannot include is given what it reads, and no more', () => {
  const [, , ...lines] = spellGeneration(7, content, TREE, WHOLE, ['f\n', shard, 'x']).split('\n');
  expect(lines.filter((line) => !line.startsWith('# holds '))).toEqual(['f', 'a', 'b', 'x']);
});

const BODY = digestOf(
  ['foundations/base.' + digestOf('f\n'), 'shards/0a.' + digestOf(shard), 'shards/ff.' + digestOf('x')]
    .map((part) => `include ${TREE}/${part}.conf;\n`)
    .join(''),
);
