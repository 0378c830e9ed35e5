/** Answers of the API for the tests of the command line: a site that is secure, and what differs from it. */
import type { BindingView, CertificateView, OrderView, SiteView } from '../../../src/cli/secure/site-view.js';
import { parseInstant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';

export const NOW = unwrap(parseInstant('2026-06-01T12:00:00Z'));

export const certificateView = (over: Partial<CertificateView> = {}): CertificateView => ({
  id: 'crt_1',
  fingerprint: 'aa',
  serial: '01',
  names: ['shop.test'],
  notBefore: '2026-06-01T00:00:00.000Z',
  notAfter: '2026-08-30T00:00:00.000Z',
  createdAt: '2026-06-01T00:00:00.000Z',
  revokedAt: null,
  renewal: { renewAt: '2026-07-31T00:00:00.000Z' },
  ...over,
});

export const orderView = (over: Partial<OrderView> = {}): OrderView => ({
  id: 'ord_1',
  state: 'ISSUED',
  waitingFor: 'NOBODY',
  price: { amount: '8.00', currency: 'USD' },
  problem: null,
  timeline: [{ at: '2026-06-01T11:59:58.120Z', step: 'place', phase: 'DONE', because: 'ordered', problem: null }],
  certificate: certificateView(),
  ...over,
});

export const bindingView = (over: Partial<BindingView> = {}): BindingView => ({
  address: '192.0.2.1',
  port: 443,
  name: 'shop.test',
  retryAt: null,
  problem: null,
  certificate: certificateView(),
  observation: {
    ...{ at: '2026-06-01T11:59:59.000Z', name: 'shop.test', address: '192.0.2.1', port: 443 },
    ...{ proven: true, fingerprint: 'aa', problem: null },
    steps: [{ step: 'CLIENT_HELLO', afterMs: 0.81, detail: 'offered TLS 1.3' }],
  },
  ...over,
});

export const siteView = (over: Partial<SiteView> = {}): SiteView => ({
  id: 'sit_1',
  names: ['shop.test'],
  displayNames: ['shop.test'],
  latestOrder: orderView(),
  bindings: [bindingView()],
  security: {
    state: 'SECURE',
    findings: [
      {
        ...{ address: '192.0.2.1', port: 443, name: 'shop.test', state: 'SECURE', reason: 'PROVEN' },
        ...{ observedAt: '2026-06-01T11:59:59.000Z', problem: null },
      },
    ],
  },
  ...over,
});

export const toldProblem = {
  ...{ code: 'NOT_SERVED', message: 'shop.test at 192.0.2.1 did not complete a handshake.' },
  ...{ remedy: 'Look at the server.', whoActs: 'ADMIN' },
};
