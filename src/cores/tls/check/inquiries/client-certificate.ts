/** Does the server want a certificate of the client's, and what becomes of whoever has none? */
import { ok, type Result } from '../../../../values/result.js';
import { unknown } from '../interview.js';
import type { Answer } from '../probe.js';
import type { AddressCheck } from '../site-check.js';

/** nginx finishes the handshake, and refuses in HTTP. */
const NGINX_REFUSES = 'No required SSL certificate was sent';

/**
 * `handshake`: one that went on to the end, and in which the server was listened to afterwards: a refusal in TLS 1.3 comes behind both
 * Finished (RFC 8446 4.4.2.4, certificate_required).
 */
export function clientCertificateIn({ seen, problem, data }: Answer): NonNullable<AddressCheck['clientCertificate']> | undefined {
  if (seen === undefined) return undefined;
  if (seen.certificateRequest === undefined) return seen.finished ? ok('NOT_ASKED') : undefined;
  const refused = seen.alerts.some(({ fatal }) => fatal) || seen.failure?.kind === 'ALERT';
  if (refused || (data !== undefined && Buffer.from(data).includes(NGINX_REFUSES))) return ok('REQUIRED');
  const silent: Result<'OPTIONAL'> = ok('OPTIONAL');
  return seen.finished ? silent : problem ? unknown({ problem }) : undefined;
}
