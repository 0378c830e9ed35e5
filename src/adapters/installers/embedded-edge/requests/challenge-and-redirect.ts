/** The HTTP port: validation files first, for every name and ahead of everything; then the way to HTTPS, for names that have it here; nothing else. */
import type { RequestListener } from 'node:http';
import type { SiteLookup } from '../serving/site-lookup.js';
import type { ChallengeFiles } from '../tree/challenge-files.js';
import { answer, refuseUnread } from './plain-answer.js';
import { readRequest } from './read-request.js';

export const challengeAndRedirect =
  (challenges: ChallengeFiles, sites: SiteLookup, httpsPort: number): RequestListener =>
  (request, response) => {
    const read = readRequest(request);
    if (read === undefined) return refuseUnread(response);
    const { name, target } = read;
    const path = target.split('?', 1)[0] ?? '';
    const challenge = path.startsWith('/.well-known/') ? challenges.find(name, path) : undefined;
    if (challenge !== undefined) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        return answer(response, 405, 'Only GET and HEAD.\n', { allow: 'GET, HEAD' });
      }
      return answer(response, 200, challenge, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
    }
    // The host is a bound name, never just what the client wrote: this is no way to send people elsewhere.
    if (!sites(name)) return answer(response, 404, 'Nothing is served here under this name.\n');
    const origin = `https://${name}${httpsPort === 443 ? '' : `:${httpsPort}`}`;
    // 308 keeps method and body (RFC 9110 15.4.9).
    return answer(response, 308, `This site is at ${origin}\n`, { location: origin + target });
  };
