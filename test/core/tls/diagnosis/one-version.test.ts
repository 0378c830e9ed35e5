/** A server that ends no handshake in one of the two versions of today: browsers do not notice, and others are turned away. */
import { describe, expect, it } from 'vitest';
import { problem, type Problem } from '../../../../src/values/problems/problem.js';
import { ok } from '../../../../src/values/result.js';
import { makeAuthority, makeLeaf, NOW } from '../../pki/certificate-maker.js';
import { healthyAddress, siteCheck, V4 } from '../../../support/tls/site-check.js';
import { diagnosed } from './told.js';

const root = makeAuthority('Root');
const chain = [makeLeaf(root).der];
const where = { address: V4, port: 443, step: 'SERVER_HELLO' };
const protocolError = (kind: string, more: Problem['facts'] = {}) =>
  problem('TLS_PROTOCOL_ERROR', { ...where, kind, detail: 'as it was', ...more });

describe('a server that lets browsers in, and nobody who has one version of today alone', () => {
  const alone = (cause: Problem) => {
    const { handshakes } = healthyAddress(chain);
    const [tls12, tls13] = handshakes;
    const place = healthyAddress(chain, { handshakes: [{ at: tls12!.at, target: tls12!.target, steps: [], failure: cause }, tls13!] });
    const check = siteCheck({ addresses: ok([place]) });
    return diagnosed({ check, now: NOW, roots: [root.certificate.der], fetchedIssuers: [], revoked: new Set() });
  };
  it.each([
    [
      'signs with another key',
      protocolError('FORGED', { forged: 'SIGNATURE' }),
      { cause: 'KEY_MISMATCH', severity: 'BROKEN', evidence: { detail: 'in TLS 1.2: as it was' } },
    ],
    ['sends a record that was changed', protocolError('FORGED', { forged: 'RECORD' }), { cause: 'HANDSHAKE_ALTERED', severity: 'BROKEN' }],
    ['garbles it', protocolError('MALFORMED'), { cause: 'NOT_TLS', severity: 'WEAK' }],
    [
      'refuses in the middle',
      problem('TLS_ALERT', { ...where, alert: 'internal_error' }),
      { cause: 'HANDSHAKE_REFUSED', severity: 'WEAK', evidence: { alert: 'internal_error' } },
    ],
    [
      'cuts the connection',
      problem('CONNECTION_CLOSED', { ...where, detail: 'it was reset' }),
      { cause: 'CONNECTION_RESET', severity: 'WEAK' },
    ],
    ['says no more', problem('CONNECTION_TIMED_OUT', { ...where, limit: 5000 }), { cause: 'CONNECTION_TIMED_OUT', severity: 'WEAK' }],
  ])('is not fine where it %s', (_, cause, is) => expect(alone(cause)).toMatchObject([is]));

  it('is fine where it chose what we cannot complete, or was not asked to the end', () => {
    expect(alone(protocolError('NOT_COMPLETABLE'))).toEqual([]);
    expect(alone(problem('CHECK_STOPPED', { detail: 'because its time was over' }))).toEqual([]);
  });
});
