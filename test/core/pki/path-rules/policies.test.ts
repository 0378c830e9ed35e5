import { describe } from 'vitest';
import { certificatePolicies } from '../../../../src/cores/pki/encoding/certificate-encoding.js';
import { implicit, integer, oid, sequence } from '../../../support/pki/der.js';
import { makeAuthority, makeLeaf, type Authority, type Changes } from '../certificate-maker.js';
import { extension, HOST, itRules, ofIntermediate, ofLeaf, request, root } from './rule-table.js';

const [ONE, TWO, ANY] = ['1.3.6.1.4.1.99999.1', '1.3.6.1.4.1.99999.2', '2.5.29.32.0'] as const;
const demand = (after: number, critical = true) => extension('2.5.29.36', critical, sequence(implicit(0, Uint8Array.of(after))));
const noMapping = (after: number) =>
  extension('2.5.29.36', true, sequence(implicit(0, Uint8Array.of(0)), implicit(1, Uint8Array.of(after))));
const noAny = (after: number, critical = true) => extension('2.5.29.54', critical, integer(after));
const mapping = (from: string, to: string) => extension('2.5.29.33', true, sequence(sequence(oid(from), oid(to))));

/** Root, a CA with each of these, and a leaf with the last. */
const through =
  (...all: readonly Changes[]) =>
  () => {
    const chain = all
      .slice(0, -1)
      .reduce<Authority[]>((above, changes, i) => [...above, makeAuthority(`Step ${i}`, above.at(-1) ?? root, changes)], []);
    return request(makeLeaf(chain.at(-1)!, [HOST], all.at(-1)), { intermediates: chain.map(({ certificate }) => certificate) });
  };
const under = (...policies: readonly string[]) => [certificatePolicies(...policies)];
const [NONE_LEFT, NONE_ABOVE] = ['a policy is demanded, and none is left', 'a policy is demanded above it, and none is left'];

describe('certificate policies (RFC 5280 6.1)', () => {
  itRules([
    ['a policy that nobody above has', 'OK', through({}, { plus: under(ONE) })],
    ['a policy that is demanded, and there', 'OK', through({ plus: [demand(0), ...under(ONE)] }, { plus: under(ONE) })],
    ['a policy that is demanded, of a leaf with another', NONE_ABOVE, through({ plus: [demand(0), ...under(ONE)] }, { plus: under(TWO) })],
    ['a policy that is demanded, of a leaf without', NONE_ABOVE, through({ plus: [demand(0), ...under(ONE)] }, { without: ['2.5.29.32'] })],
    [
      'a policy that is demanded, below a CA without',
      NONE_ABOVE,
      through({ plus: [demand(0)], without: ['2.5.29.32'] }, { plus: under(ONE) }),
    ],
    ['any policy of a CA', 'OK', through({ plus: [demand(0), ...under(ANY)] }, { plus: under(ONE) })],
    ['any policy of a leaf', 'OK', through({ plus: [demand(0), ...under(ONE)] }, { plus: under(ANY) })],
    [
      'any policy of a leaf, which counts no more',
      NONE_ABOVE,
      through({ plus: [demand(0), noAny(0), ...under(ONE)] }, { plus: under(ANY) }),
    ],
    ['any policy of a leaf, which counts once more', 'OK', through({ plus: [demand(0), noAny(1), ...under(ONE)] }, { plus: under(ANY) })],
    ['a demand that begins below the leaf', 'OK', through({ plus: [demand(2)] }, { without: ['2.5.29.32'] })],
    ['a demand that begins with the leaf', NONE_LEFT, through({ plus: [demand(1)] }, { without: ['2.5.29.32'] })],
    ['a demand of the leaf itself', NONE_LEFT, through({}, { plus: [demand(0)], without: ['2.5.29.32'] })],
    ['a policy that is mapped', 'OK', through({ plus: [demand(0), ...under(ONE), mapping(ONE, TWO)] }, { plus: under(TWO) })],
    ['a policy that was mapped away', NONE_ABOVE, through({ plus: [demand(0), ...under(ONE), mapping(ONE, TWO)] }, { plus: under(ONE) })],
    [
      'a mapping that is not allowed',
      NONE_ABOVE,
      through({ plus: [noMapping(0), ...under(ONE)] }, { plus: [...under(ONE), mapping(ONE, TWO)] }, { plus: under(TWO) }),
    ],
    ['a mapping of any policy', 'it maps to or from any policy', ofIntermediate({ plus: [mapping(ANY, ONE)] })],
    // RFC 5280 4.2.1.4, .11, .14
    ['a demand that is not critical', 'its policy constraints are not critical', ofIntermediate({ plus: [demand(3, false)] })],
    ['an end of any policy that is not critical', 'its policy constraints are not critical', ofIntermediate({ plus: [noAny(3, false)] })],
    ['policy constraints that are empty', 'UNREADABLE', ofIntermediate({ plus: [extension('2.5.29.36', true, sequence())] })],
    ['a negative count', 'UNREADABLE', ofIntermediate({ plus: [noAny(0x80)] })],
    ['no policy in the list', 'UNREADABLE', ofLeaf({ plus: [extension('2.5.29.32', false, sequence())] })],
    ['a policy twice', 'it names a policy twice', ofLeaf({ plus: under(ONE, ONE) })],
    ['a leaf that maps policies', 'it maps policies and is no CA', ofLeaf({ plus: [mapping(ONE, TWO)] })],
  ]);
});
