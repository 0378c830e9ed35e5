import { describe, expect, it } from 'vitest';
import { nextFor, verdictOn } from '../../../src/cli/secure/decide.js';
import type { SiteView } from '../../../src/cli/secure/site-view.js';
import { bindingView, certificateView, NOW, orderView, siteView, toldProblem } from './views.js';

const notSecure: SiteView['security'] = { state: 'NOT_SECURE', findings: [] };
const bound = (over: Parameters<typeof certificateView>[0]) => [bindingView({ certificate: certificateView(over) })];

describe('what hostseal secure does next', () => {
  it.each([
    { name: 'a secure site is left alone', site: siteView(), next: 'rest' },
    { name: 'a secure site gets an order where one is asked for', site: siteView(), renew: true, next: 'order' },
    { name: 'a site without orders gets one', site: siteView({ latestOrder: null, bindings: [], security: notSecure }), next: 'order' },
    { name: 'an order under way is followed', site: siteView({ latestOrder: orderView({ state: 'VALIDATING' }) }), next: 'follow' },
    {
      name: 'an order under way is followed, not doubled, where a new one is asked for',
      site: siteView({ latestOrder: orderView({ state: 'PLACED' }) }),
      renew: true,
      next: 'follow',
    },
    {
      name: 'a failed order is followed by a new one',
      site: siteView({ latestOrder: orderView({ state: 'FAILED', certificate: null }), bindings: [], security: notSecure }),
      next: 'order',
    },
    {
      name: 'a failed renewal does not matter while what is served has plenty of life',
      site: siteView({ latestOrder: orderView({ state: 'FAILED', certificate: null }) }),
      next: 'rest',
    },
    {
      name: 'one that is to be renewed by now is renewed',
      site: siteView({ bindings: bound({ renewal: { renewAt: '2026-06-01T12:00:00Z' } }), latestOrder: null }),
      next: 'order',
    },
    {
      name: 'a revoked certificate is replaced, however secure it looks',
      site: siteView({ bindings: bound({ revokedAt: '2026-06-01T11:00:00Z' }), latestOrder: orderView({ state: 'REVOKED' }) }),
      next: 'order',
    },
    {
      name: 'an issued certificate that is not proven is not ordered again',
      site: siteView({ bindings: [], security: { state: 'UNKNOWN', findings: [] } }),
      next: 'prove',
    },
    {
      name: 'an issued certificate that lacks a name of the site is ordered anew',
      site: siteView({ names: ['shop.test', 'www.shop.test'] }),
      next: 'order',
    },
    {
      name: 'a wildcard covers the names that it stands for',
      site: siteView({
        names: ['a.shop.test'],
        latestOrder: orderView({ certificate: certificateView({ names: ['*.shop.test'] }) }),
      }),
      next: 'prove',
    },
  ])('$name', ({ site, renew = false, next }) => expect(nextFor(site, { renew, now: NOW }).do).toBe(next));
});

describe('the certificate whose place the new one takes', () => {
  it.each([
    { name: 'the one that is served', site: siteView(), renews: 'crt_1' },
    { name: 'none where nothing is served', site: siteView({ bindings: [] }), renews: undefined },
    {
      name: 'none where it lacks a name that the site has now',
      site: siteView({ names: ['shop.test', 'www.shop.test'] }),
      renews: undefined,
    },
  ])('$name', ({ site, renews }) => expect(nextFor(site, { renew: true, now: NOW })).toEqual({ do: 'order', renews }));

  it('one that was just issued is proven first, also where its CA asks for another already', () => {
    const certificate = certificateView({ renewal: { renewAt: '2026-05-01T00:00:00Z' } });
    const site = siteView({ latestOrder: orderView({ certificate }), bindings: [], security: notSecure });
    expect(nextFor(site, { renew: false, now: NOW }).do).toBe('prove');
  });
});

describe('what has become of an order', () => {
  it.each([
    { name: 'proven at its address', order: orderView(), site: siteView(), verdict: { outcome: 'SECURE' } },
    {
      name: 'still at the CA, though the old certificate is secure',
      order: orderView({ state: 'ISSUING', certificate: null }),
      site: siteView(),
      verdict: { outcome: 'UNDER_WAY' },
    },
    { name: 'issued, and bound nowhere yet', order: orderView(), site: siteView({ bindings: [] }), verdict: { outcome: 'UNDER_WAY' } },
    {
      name: 'issued, while the old certificate is still bound and secure',
      order: orderView({ certificate: certificateView({ id: 'crt_2', createdAt: '2026-06-01T11:00:00.000Z' }) }),
      site: siteView(),
      verdict: { outcome: 'UNDER_WAY' },
    },
    {
      name: 'bound, while the newest handshake still showed the old certificate',
      order: orderView({ certificate: certificateView({ fingerprint: 'bb' }) }),
      site: siteView({ bindings: bound({ fingerprint: 'bb' }) }),
      verdict: { outcome: 'UNDER_WAY' },
    },
    {
      name: 'overtaken by a newer certificate, which is proven',
      order: orderView({ certificate: certificateView({ id: 'crt_0', fingerprint: 'cc', createdAt: '2026-05-01T00:00:00.000Z' }) }),
      site: siteView(),
      verdict: { outcome: 'SECURE' },
    },
    {
      name: 'proven at one of two addresses only',
      order: orderView(),
      site: siteView({ bindings: [bindingView(), bindingView({ address: '192.0.2.2', observation: null })] }),
      verdict: { outcome: 'UNDER_WAY' },
    },
    {
      name: 'not proven where it was installed',
      order: orderView(),
      site: siteView({ bindings: [bindingView({ retryAt: '2026-06-01T12:01:00Z', problem: toldProblem })] }),
      verdict: { outcome: 'NOT_INSTALLED', retryAt: '2026-06-01T12:01:00Z', problem: toldProblem },
    },
    {
      name: 'failed at the CA',
      order: orderView({ state: 'REJECTED', certificate: null, problem: toldProblem }),
      site: siteView(),
      verdict: { outcome: 'FAILED', problem: toldProblem },
    },
    {
      name: 'cancelled by somebody else',
      order: orderView({ state: 'CANCELLED', certificate: null }),
      site: siteView(),
      verdict: { outcome: 'FAILED' },
    },
  ])('$name', ({ order, site, verdict }) => expect(verdictOn(order, site)).toEqual(verdict));
});
