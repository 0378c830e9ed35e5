import { randomBytes } from 'node:crypto';
import { LocalCa, type LocalCaOptions } from '../../../src/adapters/issuers/local-ca/local-ca.js';
import type { OrderRecord } from '../../../src/adapters/issuers/local-ca/order-record.js';
import { readCertificate, type Certificate } from '../../../src/cores/pki/certificate.js';
import type { CertificateName, Hostname } from '../../../src/values/hostname.js';
import type { Instant } from '../../../src/values/instant.js';
import { problem } from '../../../src/values/problems/problem.js';
import { err, ok, unwrap } from '../../../src/values/result.js';
import { MemoryMemberState } from '../../support/memory-member-state.js';
import { csrFor, makeReady, type IssuerFixture } from '../issuer.contract.js';

export const START = Date.parse('2026-11-24T12:00:00Z') as Instant;
export const host = (text: string): Hostname => text as Hostname;
export const PANEL = host('panel.corp.test');

/** The CA on a state in memory, a clock that is set by hand, and a web of which each file is an entry of `files`. */
export type LocalFixture = Omit<IssuerFixture, 'anotherProcess'> & {
  readonly issuer: LocalCa;
  readonly state: MemoryMemberState;
  readonly files: Map<string, string>;
  anotherProcess(): LocalCa;
  with(options: Partial<LocalCaOptions>): LocalCa;
};

export async function startLocalCa(): Promise<LocalFixture> {
  const state = new MemoryMemberState();
  const files = new Map<string, string>();
  let now = START;
  let names = 0;
  const options: LocalCaOptions = {
    state,
    clock: { now: () => now },
    random: { bytes: (length) => new Uint8Array(randomBytes(length)) },
    http: {
      async get(url) {
        const body = files.get(url.href);
        if (body === undefined) return err(problem('CONNECTION_REFUSED', { address: url.host }));
        return ok({ status: 200, body: new TextEncoder().encode(body), url });
      },
    },
    permittedNames: [host('corp.test'), host('intern.example')],
    ownNames: [PANEL],
    validationPort: 8080,
  };
  return {
    state,
    files,
    issuer: new LocalCa(options),
    anotherProcess: () => new LocalCa(options),
    with: (other) => new LocalCa({ ...options, ...other }),
    newName: () => host(`shop${++names}.corp.test`),
    forbiddenName: host('shop.example.com'),
    now: () => now,
    waitUntil: (at) => (now = at),
    serve: ({ name, path, body }, other) => void files.set(`http://${name}:8080${path}`, other ?? body),
    ordersAtCa: async () => (await state.list('order/', 1000)).length,
    certificatesAtCa: async () =>
      (await state.list<OrderRecord>('order/', 1000)).flatMap(({ body }) => (body.certificate ? (body.intent?.serial ?? '?') : [])),
  };
}

/** A whole walk: the certificates that come out, leaf first. */
export async function issue(
  fixture: LocalFixture,
  issuer: LocalCa,
  reference: string,
  ...names: CertificateName[]
): Promise<Certificate[]> {
  const { locator } = await makeReady({ ...fixture, issuer }, reference, names);
  unwrap(await issuer.finalize(locator, await csrFor(...names)));
  return unwrap(await issuer.download(locator)).map((der) => unwrap(readCertificate(der)));
}

export const rootOf = async (issuer: LocalCa): Promise<Certificate> =>
  unwrap(readCertificate(unwrap(await issuer.trustAnchors())[0] as Uint8Array));
