/** Is a certificate revoked? Answered from the list that it points to (RFC 5280 4.2.1.13), fetched where it is not known yet. */
import type { Certificate } from '../../cores/pki/certificate.js';
import { MAX_CRL_BYTES, readCrl, type Crl } from '../../cores/pki/revocation/crl.js';
import { crlStatus } from '../../cores/pki/revocation/crl-status.js';
import { unknown, type RevocationStatus } from '../../cores/pki/revocation/revocation-status.js';
import type { Clock } from '../../values/clock.js';
import { parsePem } from '../../values/pem.js';
import { messageOf } from '../../values/problems/catalogue.js';
import { fetchFile } from './http/fetch-file.js';
import type { HttpClient } from './http/https.js';
import { VerifiedCache } from './verified-cache.js';

export interface RevocationLists {
  /** `issuer`: whose key signed the certificate. UNKNOWN says why: no list is named, none could be fetched, or none may speak of it. */
  statusOf(certificate: Certificate, issuer: Certificate): Promise<RevocationStatus>;
}

/** Lists of all public CAs' parts that one panel meets; the oldest are fetched again. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** A certificate that names more wants to keep us busy. */
const MAX_URLS = 3;

export function makeRevocationLists({ http, clock }: { readonly http: HttpClient; readonly clock: Clock }): RevocationLists {
  // Only what is signed by the issuer stays: anybody on the way can answer over plain HTTP.
  const cache = new VerifiedCache<Crl>(KEPT_BYTES);
  const underWay = new Map<string, ReturnType<typeof fetchFile>>();

  const fetchOnce = (url: string): ReturnType<typeof fetchFile> => {
    const fetching = underWay.get(url) ?? fetchFile(http, url, MAX_CRL_BYTES).finally(() => underWay.delete(url));
    underWay.set(url, fetching);
    return fetching;
  };

  const statusAt = async (url: string, certificate: Certificate, issuer: Certificate): Promise<RevocationStatus> => {
    const kept = cache.find(url, clock.now());
    if (kept) return crlStatus(kept, certificate, issuer, clock.now());
    const fetched = await fetchOnce(url);
    if (!fetched.ok) return unknown(messageOf(fetched.problem));
    const crl = readCrl(derOf(fetched.value));
    if (!crl.ok) return unknown(messageOf(crl.problem));
    const status = crlStatus(crl.value, certificate, issuer, clock.now());
    const { nextUpdate } = crl.value;
    if (status.kind !== 'UNKNOWN' && nextUpdate) cache.keep(url, { value: crl.value, bytes: fetched.value.length, until: nextUpdate });
    return status;
  };

  return {
    async statusOf(certificate, issuer) {
      let status = unknown('the certificate names no list');
      for (const url of certificate.crlUrls.slice(0, MAX_URLS)) {
        status = await statusAt(url, certificate, issuer);
        if (status.kind !== 'UNKNOWN') return status;
      }
      return status;
    },
  };
}

/** Some CAs serve PEM, though RFC 5280 4.2.1.13 says DER. */
function derOf(body: Uint8Array): Uint8Array {
  const pem = body[0] === 0x30 ? undefined : parsePem('X509 CRL', Buffer.from(body).toString('latin1'), MAX_CRL_BYTES);
  return pem?.ok ? (pem.value[0] ?? body) : body;
}
