/** The public roots that are trusted here, for sites and scripts that need a bundle: `GET /trust/mozilla.pem`, for everybody. */
import type { FastifyInstance } from 'fastify';
import { ofPublicRoots, type PublicRoots } from './adapters/network/public-roots.js';
import { toIso } from './values/instant.js';
import { toPem } from './values/pem.js';

const FRESH_FOR_SECONDS = 3_600;

export function servePublicRoots(fastify: FastifyInstance): void {
  const text = ofPublicRoots(textOf);
  fastify.get('/trust/mozilla.pem', (_, reply) =>
    reply.type('application/x-pem-file').header('cache-control', `public, max-age=${FRESH_FOR_SECONDS}`).send(text()),
  );
}

function textOf({ roots, date }: PublicRoots): string {
  const of = date === undefined ? 'of a date that is not known' : `of ${toIso(date).slice(0, 10)}`;
  return `# Mozilla's list of certificate authorities, ${of}: ${roots.length}\n${roots.map((der) => toPem('CERTIFICATE', der)).join('')}`;
}
