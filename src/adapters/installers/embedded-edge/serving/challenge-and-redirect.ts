/** The HTTP port: validation files first, for every name and ahead of everything; then the way to HTTPS, for names that have it here; nothing else. */
import type { RequestListener } from 'node:http';
import type { ChallengeFiles } from '../tree/challenge-files.js';
import { parseAuthority } from '../wire/server-name.js';
import { answer } from './plain-answer.js';
import type { SiteLookup } from './site-lookup.js';

export const challengeAndRedirect =
  (challenges: ChallengeFiles, sites: SiteLookup, httpsPort: number): RequestListener =>
  (request, response) => {
    const name = parseAuthority(request.headers.host);
    const target = request.url ?? '';
    // Only what a browser sends (RFC 9112 3.2.1), and nothing that would need quoting in a header.
    if (name === undefined || !/^\/[\x21-\x7e]*$/.test(target)) return answer(response, 400, 'This request cannot be read.\n');
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
