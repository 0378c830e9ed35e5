/**
 * The revocation lists of the CAs that run here (RFC 5280 5), for whoever wants to look: `GET /crl/local-ca.crl`, DER, for everybody.
 *
 * The certificates themselves do not name it (no cRLDistributionPoints). Clients fetch lists over plain HTTP only, since looking at a list over
 * HTTPS would need a look at the list first (RFC 5280 8), and the panel answers over HTTPS alone.
 */
import type { FastifyInstance } from 'fastify';
import type { Issuer, PublishesCrl } from './adapters/issuers/issuer.js';
import { minutes, plus, type Instant } from './values/instant.js';

/** However often it is asked for, the register is read, and maybe a list signed, once in this time. */
const FRESH_FOR = minutes(1);

export function serveCrls(fastify: FastifyInstance, issuers: readonly Issuer[], now: () => Instant): void {
  for (const issuer of issuers.filter(publishesCrl)) serveCrl(fastify, issuer, now);
}

function serveCrl(fastify: FastifyInstance, issuer: Issuer & PublishesCrl, now: () => Instant): void {
  let newest: { readonly from: Instant; readonly list: Promise<Buffer | undefined> } | undefined;
  const ask = (from: Instant) => {
    const list = issuer.revocationList().then(
      (result) => (result.ok ? Buffer.from(result.value) : undefined),
      () => undefined,
    );
    newest = { from, list };
    return list;
  };
  fastify.get(`/crl/${issuer.manifest.id}.crl`, async (_, reply) => {
    const at = now();
    // A clock that was set back makes no list last.
    const isFresh = newest !== undefined && at >= newest.from && at < plus(newest.from, FRESH_FOR);
    const list = await (isFresh ? newest!.list : ask(at));
    if (list === undefined) return reply.code(503).send();
    return reply
      .type('application/pkix-crl')
      .header('cache-control', `public, max-age=${FRESH_FOR / 1000}`)
      .send(list);
  });
}

const publishesCrl = (issuer: Issuer): issuer is Issuer & PublishesCrl => 'revocationList' in issuer;
