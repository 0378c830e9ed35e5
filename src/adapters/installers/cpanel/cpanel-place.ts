/** Where a cPanel server is asked, and as whom. Checked once, from one entry of the configuration of servers. */
import { isPlainPath } from '../../../values/plain-path.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

/** Stored with every server of this kind. */
export const CPANEL = 'CPANEL';

export type CpanelPlace = {
  readonly url: URL;
  /** `whm`: the server as its administrator or a reseller sees it. `cpanel`: one account. */
  readonly api: CpanelService;
  readonly user: string;
  /** Holds an API token and nothing else, for the eyes of the service's user alone (0600). Read at every request, so that a new token needs no restart. */
  readonly tokenFile: string;
  /** PEM: trusted for the API beside the public roots. */
  readonly rootsFile?: string;
};
export type CpanelService = 'whm' | 'cpanel';

/** https://api.docs.cpanel.net/guides/guide-to-api-authentication/: the ports with TLS. */
const SERVICE_OF_PORT: ReadonlyMap<string, CpanelService> = new Map([
  ['2087', 'whm'],
  ['2083', 'cpanel'],
]);
const FIELDS = ['url', 'user', 'tokenFile', 'rootsFile', 'api'];

/** `{url, user, tokenFile, rootsFile?, api?}`; `api` where the port does not tell. INVALID_INPUT, which names the field. */
export function parsePlace(input: unknown): Result<CpanelPlace> {
  const refuse = (detail: string) => err(problem('INVALID_INPUT', { detail }));
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return refuse('it is no object');
  const fields = input as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return refuse(`${unknown.slice(0, 40)} is not known here`);

  const url = typeof fields['url'] === 'string' ? URL.parse(fields['url']) : null;
  if (url === null || url.protocol !== 'https:') return refuse('url is not an https URL');
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/') return refuse('url has more than a host and a port');
  const api = fields['api'] ?? SERVICE_OF_PORT.get(url.port);
  if (api !== 'whm' && api !== 'cpanel') return refuse('api is neither whm nor cpanel, and the port is neither 2087 nor 2083');
  if (api !== (SERVICE_OF_PORT.get(url.port) ?? api)) return refuse(`port ${url.port} is not that of ${api}`);
  const { user, tokenFile, rootsFile } = fields;
  if (typeof user !== 'string' || !/^[a-z][a-z0-9_.-]{0,31}$/.test(user)) return refuse('user is not the name of an account');
  if (typeof tokenFile !== 'string' || !isPlainPath(tokenFile)) return refuse('tokenFile is not a plain absolute path');
  if (rootsFile === undefined) return ok({ url, api, user, tokenFile });
  if (typeof rootsFile !== 'string' || !isPlainPath(rootsFile)) return refuse('rootsFile is not a plain absolute path');
  return ok({ url, api, user, tokenFile, rootsFile });
}
