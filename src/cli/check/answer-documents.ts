/** Parts of the document of `hostseal check --json`. */
import { createHash } from 'node:crypto';
import { readCertificate } from '../../cores/pki/certificate.js';
import type { HttpAnswer, NamelessAnswer } from '../../cores/tls/check/site-check.js';
import { toIso } from '../../values/instant.js';
import { toPem } from '../../values/pem.js';
import { messageOf } from '../../values/problems/catalogue.js';
import type { Result } from '../../values/result.js';

/** Null where it was not asked. */
export function answerOr<T>(result: Result<T> | undefined, show: (value: T) => unknown = (value) => value): object | null {
  if (result === undefined) return null;
  return result.ok ? { value: show(result.value) } : { unknown: { code: result.problem.code, message: messageOf(result.problem) } };
}

export function certificateDocument(der: Uint8Array): object {
  const read = readCertificate(der);
  const certificate = read.ok ? read.value : undefined;
  return {
    fingerprint: createHash('sha256').update(der).digest('hex'),
    subject: certificate?.subject ?? null,
    issuer: certificate?.issuer ?? null,
    serial: certificate?.serial ?? null,
    names: certificate?.names ?? [],
    notBefore: certificate ? toIso(certificate.notBefore) : null,
    notAfter: certificate ? toIso(certificate.notAfter) : null,
    key: certificate?.keyAlgorithm ?? null,
    signature: certificate?.signatureAlgorithm ?? null,
    pem: toPem('CERTIFICATE', der),
  };
}

export const namelessDocument = (answer: NamelessAnswer): object =>
  answer.kind === 'CERTIFICATE'
    ? { kind: answer.kind, chain: answer.chain.map(certificateDocument) }
    : { kind: answer.kind, alert: answer.alert };

export const httpDocument = ({ status, location, hsts, date, receivedAt, server }: HttpAnswer): object => ({
  status,
  location: location ?? null,
  hsts,
  date: date === undefined ? null : toIso(date),
  receivedAt: toIso(receivedAt),
  server: server ?? null,
});
