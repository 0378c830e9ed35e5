/** The certificates above one, from where it says that they are (RFC 5280 4.2.2.1): for servers that do not send them. */
import { readCertificateBundle } from '../../cores/pki/certificate-bundle.js';
import { MAX_CERTIFICATE_BYTES, readCertificate, type Certificate } from '../../cores/pki/certificate.js';
import { isSelfIssued } from '../../cores/pki/path/checks.js';
import { isSignedBy } from '../../cores/pki/encoding/signature-algorithm.js';
import type { Clock } from '../../values/clock.js';
import { days, plus } from '../../values/instant.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Deadline } from './dialing/deadline.js';
import { FETCH_MS, fetchFile } from './http/fetch-file.js';
import type { HttpClient } from './http/https.js';
import { VerifiedCache } from './verified-cache.js';

export interface IssuerFetcher {
  /**
   * The issuer, its issuer and so on, up to one that is self-issued or says no more; each has signed the one before. None where the certificate names
   * no place. The first step's problem where it failed: what HttpClient tells, HTTP_STATUS_UNEXPECTED, CERTIFICATE_UNREADABLE.
   */
  issuersOf(certificate: Certificate): Promise<Result<readonly Certificate[]>>;
}

/** Nest token. */
export const ISSUER_FETCHER = Symbol('IssuerFetcher');

const KEPT_BYTES = 4 * 1024 * 1024;
/** How long a step is not asked about again. */
const KEPT_FOR = days(1);
/** Public paths have one or two intermediates; cross-signed ones a third. */
const MAX_STEPS = 4;
const MAX_URLS = 3;
/** Of a bundle: as many as are looked through for the one that signed. */
const MAX_BUNDLE = 10;

export function makeIssuerFetcher({ http, clock }: { readonly http: HttpClient; readonly clock: Clock }): IssuerFetcher {
  const cache = new VerifiedCache<Certificate>(KEPT_BYTES);
  const underWay = new Map<string, ReturnType<typeof fetchFile>>();

  /** One at a time of each: checks of one site at once miss the same issuer. */
  const fetchOnce = (url: string, deadline: Deadline): ReturnType<typeof fetchFile> => {
    const going = underWay.get(url);
    if (going) return going;
    const begun = fetchFile(http, url, MAX_CERTIFICATE_BYTES, Math.max(1, deadline.remainingMs)).finally(() => underWay.delete(url));
    underWay.set(url, begun);
    return begun;
  };

  const issuerAt = async (url: string, certificate: Certificate, deadline: Deadline): Promise<Result<Certificate>> => {
    const kept = cache.find(url, clock.now());
    if (kept && signed(kept, certificate)) return ok(kept);
    const fetched = await fetchOnce(url, deadline);
    if (!fetched.ok) return fetched;
    for (const der of readCertificateBundle(fetched.value).slice(0, MAX_BUNDLE)) {
      const issuer = readCertificate(der);
      if (!issuer.ok || !signed(issuer.value, certificate)) continue;
      cache.keep(url, { value: issuer.value, bytes: der.length, until: plus(clock.now(), KEPT_FOR) });
      return issuer;
    }
    return err(problem('CERTIFICATE_UNREADABLE', { detail: `what is at ${url.slice(0, 200)} did not sign it` }));
  };

  const issuerOf = async (certificate: Certificate, deadline: Deadline): Promise<Result<Certificate | undefined>> => {
    let failure: Problem | undefined;
    for (const url of certificate.issuerUrls.slice(0, MAX_URLS)) {
      const issuer = await issuerAt(url, certificate, deadline);
      if (issuer.ok) return issuer;
      failure ??= issuer.problem;
    }
    return failure ? err(failure) : ok(undefined);
  };

  return {
    async issuersOf(certificate) {
      const issuers: Certificate[] = [];
      const deadline = new Deadline(FETCH_MS);
      for (let last = certificate; issuers.length < MAX_STEPS && !isSelfIssued(last);) {
        const issuer = await issuerOf(last, deadline);
        if (!issuer.ok) return issuers.length > 0 ? ok(issuers) : issuer;
        if (issuer.value === undefined) break;
        last = issuer.value;
        issuers.push(last);
      }
      return ok(issuers);
    },
  };
}

const signed = (issuer: Certificate, { issuerDer, signatureAlgorithm, signed: bytes, signature }: Certificate): boolean =>
  Buffer.compare(issuer.subjectDer, issuerDer) === 0 && isSignedBy(issuer.publicKey, signatureAlgorithm, bytes, signature);
