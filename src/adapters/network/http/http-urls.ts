/** Which URLs are asked, and which redirects followed. Addresses are the address guard's business, after the name is resolved. */
import { type Problem, problem } from '../../../values/problems/problem.js';

/** Why a URL is not asked; undefined where it is. */
export function refusalOfUrl(url: URL): Problem | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse(url, 'it is neither http nor https');
  if (url.username !== '' || url.password !== '') return refuse(url, 'it carries a user name');
  return undefined;
}

/** Why a redirect is not followed; undefined where it is. */
export function refusalOfRedirect(start: URL, next: URL): Problem | undefined {
  if (start.protocol === 'https:' && next.protocol === 'http:') return refuse(next, 'it leads from https to http');
  const port = portOf(next);
  // A stranger chooses where redirects lead: not to mail servers and the like, to whom our request would be commands, nor to
  // the ports of other users, which prove nothing (CA/B BR 3.2.2.4.18: Authorized Ports only).
  const isWebPort = port === 80 || port === 443 || port === portOf(start);
  return isWebPort ? undefined : refuse(next, `a redirect may lead to the ports 80, 443 and the one that was asked first, not to ${port}`);
}

export const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);

/** For problems: a URL without user name and password, and no longer than a sentence can bear. */
export const urlText = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}${url.search}`.slice(0, 200);

const refuse = (url: URL, detail: string): Problem => problem('URL_NOT_ALLOWED', { url: urlText(url), detail });
