import { describe, expect, it } from 'vitest';
import { indexed, resolve, type SniPlace } from '../../../../src/features/bindings/sni-map.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';
import { entryOf } from '../../../support/sni/random-map.js';

const v4: SniPlace = { ip: '192.0.2.1' as IpAddress, port: 443 };
const v6: SniPlace = { ip: '2001:db8::1' as IpAddress, port: 443 };

describe('who answers', () => {
  const map = indexed({
    places: [v4, v6],
    entries: [
      ...['shop.example', '*.shop.example', 'www.shop.example', '*.deep.shop.example', 'bücher.example', '*.straße.example'].map((name) =>
        entryOf(v4, name),
      ),
      entryOf(v6, 'only6.example'),
    ],
  });
  it.each([
    { name: 'the name itself', asked: 'shop.example', why: 'EXACT', by: 'shop.example', looked: ['shop.example'] },
    {
      name: 'an exact name before the wildcard',
      asked: 'www.shop.example',
      why: 'EXACT',
      by: 'www.shop.example',
      looked: ['www.shop.example'],
    },
    {
      name: 'a label of a wildcard',
      asked: 'mail.shop.example',
      why: 'WILDCARD',
      by: '*.shop.example',
      looked: ['mail.shop.example', '*.shop.example'],
    },
    {
      name: 'the longest wildcard',
      asked: 'a.deep.shop.example',
      why: 'WILDCARD',
      by: '*.deep.shop.example',
      looked: ['a.deep.shop.example', '*.deep.shop.example'],
    },
    {
      name: 'the wildcard for the base of another',
      asked: 'deep.shop.example',
      why: 'WILDCARD',
      by: '*.shop.example',
      looked: ['deep.shop.example', '*.shop.example'],
    },
    {
      name: 'no wildcard for two labels',
      asked: 'a.b.shop.example',
      why: 'UNKNOWN_NAME',
      by: 'NEUTRAL',
      looked: ['a.b.shop.example', '*.b.shop.example'],
    },
    {
      name: 'no wildcard for its own base',
      asked: 'xn--strae-oqa.example',
      why: 'UNKNOWN_NAME',
      by: 'NEUTRAL',
      looked: ['xn--strae-oqa.example', '*.example'],
    },
    {
      name: 'any case, and the dot of the root',
      asked: 'WWW.Shop.EXAMPLE.',
      why: 'EXACT',
      by: 'www.shop.example',
      looked: ['www.shop.example'],
    },
    {
      name: 'a name in its own script',
      asked: 'BÜCHER.example',
      why: 'EXACT',
      by: 'xn--bcher-kva.example',
      looked: ['xn--bcher-kva.example'],
    },
    {
      name: 'the same in A-labels',
      asked: 'xn--bcher-kva.example',
      why: 'EXACT',
      by: 'xn--bcher-kva.example',
      looked: ['xn--bcher-kva.example'],
    },
    {
      name: 'a label below an international name',
      asked: 'a.straße.example',
      why: 'WILDCARD',
      by: '*.xn--strae-oqa.example',
      looked: ['a.xn--strae-oqa.example', '*.xn--strae-oqa.example'],
    },
    {
      name: 'a label with an underscore',
      asked: '_x.shop.example',
      why: 'WILDCARD',
      by: '*.shop.example',
      looked: ['_x.shop.example', '*.shop.example'],
    },
    {
      name: 'what is bound at another address alone',
      asked: 'only6.example',
      why: 'UNKNOWN_NAME',
      by: 'NEUTRAL',
      looked: ['only6.example', '*.example'],
    },
    { name: 'a single label', asked: 'localhost', why: 'UNKNOWN_NAME', by: 'NEUTRAL', looked: ['localhost'] },
    { name: 'the wildcard, asked for by its own name', asked: '*.shop.example', why: 'UNKNOWN_NAME', by: 'NEUTRAL', looked: [] },
    { name: 'what is no name', asked: 'a..b', why: 'UNKNOWN_NAME', by: 'NEUTRAL', looked: [] },
    { name: 'no name', asked: undefined, why: 'NO_NAME', by: 'NEUTRAL', looked: [] },
    { name: 'an empty one', asked: '', why: 'NO_NAME', by: 'NEUTRAL', looked: [] },
  ])('$name: $by', ({ asked, why, by, looked }) => {
    const found = resolve(map, { ...v4, ...(asked !== undefined && { name: asked }) });
    expect({ why: found.why, by: typeof found.answer === 'string' ? found.answer : found.answer.name }).toEqual({ why, by });
    expect(found.considered.map(({ name }) => name)).toEqual(looked);
  });

  it.each([
    ['another port', { ...v4, port: 8443 }],
    ['another address', { ...v4, ip: '192.0.2.9' as IpAddress }],
  ])('at %s nothing does', (_, place) => {
    expect(resolve(map, { ...place, name: 'shop.example' })).toEqual({ answer: 'NOTHING', why: 'NOTHING_HERE', considered: [] });
  });
});
