/**
 * Names to addresses. What it answers is a stranger's word: nothing is dialled before the address guard has seen it.
 * NAME_DOES_NOT_RESOLVE says for certain that there is no address; NAME_LOOKUP_FAILED that we could not find out.
 */
import { promises as dns } from 'node:dns';
import { isLocalhost, type Hostname } from '../../../values/hostname.js';
import { type IpAddress, parseIpAddress } from '../../../values/ip-address.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { withDeadline } from './deadline.js';

export interface Resolver {
  /**
   * A before AAAA: where IPv6 leads nowhere, trying it first would cost the caller's time. Never empty; as many as a DNS answer holds, which can be
   * some thousands: whoever dials them bounds it.
   */
  addresses(name: Hostname): Promise<Result<readonly IpAddress[]>>;
}

type ResolverOptions = {
  /** `192.0.2.53:53`, `[2001:db8::53]:53`. Empty: the system's own resolver, with its hosts file. */
  readonly servers: readonly string[];
};

/** One question, asked of one server. */
const TRY_MS = 2_000;
const TRIES = 2;
/** For a name as a whole: the system's resolver cannot be told to hurry, only be waited for no longer. */
const LOOKUP_MS = 10_000;
const LOOPBACK = ['127.0.0.1', '::1'] as readonly string[] as readonly IpAddress[];

export function makeResolver({ servers }: ResolverOptions): Resolver {
  const ask = servers.length === 0 ? askSystem : askServers(servers);
  return {
    async addresses(name) {
      if (isLocalhost(name)) return ok(LOOPBACK);
      const failed = (detail: string) => err(problem('NAME_LOOKUP_FAILED', { name, detail }, { subject: name }));
      const answer = await withDeadline(ask(name), LOOKUP_MS);
      if (answer === 'TIMED_OUT') return failed(`no answer within ${LOOKUP_MS} ms`);
      const addresses = [...new Set(answer.texts.flatMap(addressIn))];
      if (addresses.length > 0) return ok(addresses);
      const [unanswered] = answer.failures.filter((code) => !SAYS_NONE.has(code));
      if (unanswered !== undefined) return failed(unanswered);
      return err(problem('NAME_DOES_NOT_RESOLVE', { name, detail: answer.failures[0] ?? 'ENODATA' }, { subject: name }));
    },
  };
}

type Answer = { readonly texts: readonly string[]; readonly failures: readonly string[] };

/** Node's words for NXDOMAIN and for a name without such a record. */
const SAYS_NONE: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

const addressIn = (text: string): readonly IpAddress[] => {
  const parsed = parseIpAddress(text);
  return parsed.ok ? [parsed.value] : [];
};

/** The system answers for both families at once. */
const askSystem = (name: Hostname): Promise<Answer> =>
  settle([dns.lookup(name, { all: true, order: 'ipv4first' }).then((found) => found.map(({ address }) => address))]);

function askServers(servers: readonly string[]): (name: Hostname) => Promise<Answer> {
  const resolver = new dns.Resolver({ timeout: TRY_MS, tries: TRIES });
  resolver.setServers(servers);
  return (name) => settle([resolver.resolve4(name), resolver.resolve6(name)]);
}

async function settle(questions: readonly Promise<readonly string[]>[]): Promise<Answer> {
  const settled = await Promise.allSettled(questions);
  return {
    texts: settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
    failures: settled.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : [])),
  };
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));
