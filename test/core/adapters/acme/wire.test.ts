import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  linksOf,
  readAuthorization,
  readDirectory,
  readOrder,
  readOrders,
  readProblem,
} from '../../../../src/adapters/issuers/acme/protocol/wire.js';

it('whatever JSON a CA sends, it is read or it is not, and nothing is thrown', () => {
  const readers = [readAuthorization, readDirectory, readOrder, readOrders, readProblem];
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const read of readers) read(value);
    }),
  );
});

it('a subproblem has none of its own', () => {
  const nested = (depth: number): object => ({
    type: 'urn:ietf:params:acme:error:malformed',
    subproblems: depth === 0 ? [] : [nested(depth - 1)],
  });
  expect(readProblem(nested(2_000))?.subproblems.map(({ subproblems }) => subproblems)).toEqual([[]]);
});

describe('links (RFC 8288)', () => {
  const next = 'https://ca.test/orders?cursor=2,3';
  it.each<[string, string | undefined, readonly string[]]>([
    ['quoted', `<${next}>;rel="next"`, [next]],
    ['bare, among others', `<https://ca.test/dir>; rel="index", <${next}>; rel=next; title="a"`, [next]],
    ['of another relation', '<https://ca.test/dir>;rel="nextish"', []],
    ['over plain HTTP', '<http://ca.test/orders>;rel="next"', []],
    ['none', undefined, []],
  ])('%s', (_, header, expected) => expect(linksOf(header, 'next')).toEqual(expected));
});
