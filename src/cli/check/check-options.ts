/** What `hostseal check` is asked for. Pure: COMMAND_LINE_INVALID, NOT_A_PORT and the problems of names, addresses and times. */
import type { StartTls } from '../../cores/tls/starttls/start-tls.js';
import { parseHostname, type Hostname } from '../../values/hostname.js';
import { parseInstant, type Instant } from '../../values/instant.js';
import { parseIpAddress, type IpAddress } from '../../values/ip-address.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';

export type CheckOptions = {
  /** Looked up, and sent as SNI unless `serverName` is there; or the address alone. */
  readonly host: Hostname | { readonly address: IpAddress };
  readonly port: number;
  readonly serverName?: Hostname;
  /** Dialled in the place of the host. */
  readonly connect?: IpAddress;
  readonly startTls?: StartTls;
  /** PEM of what is trusted in the place of the public CAs. */
  readonly rootsFile?: string;
  /** Certificates are judged at this time; otherwise now. */
  readonly at?: Instant;
  /** One handshake with each address, and no more. */
  readonly sweep: boolean;
};

type CheckValues = {
  readonly sni?: string;
  readonly connect?: string;
  readonly starttls?: string;
  readonly roots?: string;
  readonly at?: string;
  readonly sweep?: boolean;
};

/** RFC 8314 7.3, RFC 9110 4.2.2. */
const USUAL_PORTS: Readonly<Record<StartTls, number>> = { smtp: 25, imap: 143, pop3: 110 };
const HTTPS_PORT = 443;

export function parseCheck(texts: readonly string[], values: CheckValues): Result<CheckOptions> {
  const [text, stray] = texts;
  if (text === undefined) return refuse('check needs the name or the address of a server');
  if (stray !== undefined) return refuse(`check takes one server, not "${stray.slice(0, 60)}" as well`);
  const startTls = readStartTls(values.starttls);
  if (!startTls.ok) return startTls;
  const target = parseTarget(text, startTls.value ? USUAL_PORTS[startTls.value] : HTTPS_PORT);
  if (!target.ok) return target;
  const serverName = optional(values.sni, parseHostname);
  if (!serverName.ok) return serverName;
  const connect = optional(values.connect, (address) => parseIpAddress(address.replace(/^\[(.*)\]$/, '$1')));
  if (!connect.ok) return connect;
  const at = optional(values.at, parseInstant);
  if (!at.ok) return at;
  return ok({
    ...target.value,
    ...(serverName.value !== undefined && { serverName: serverName.value }),
    ...(connect.value !== undefined && { connect: connect.value }),
    ...(startTls.value !== undefined && { startTls: startTls.value }),
    ...(values.roots !== undefined && { rootsFile: values.roots }),
    ...(at.value !== undefined && { at: at.value }),
    sweep: values.sweep ?? false,
  });
}

/** What is sent as SNI; none for an address alone (RFC 6066 3). */
export const nameOf = ({ host, serverName }: CheckOptions): Hostname | undefined =>
  serverName ?? (typeof host === 'string' ? host : undefined);

/** `shop.example`, `shop.example:8443`, `192.0.2.1:443`, `[2001:db8::1]:443`, `2001:db8::1` (RFC 3986 3.2.2). */
function parseTarget(text: string, usualPort: number): Result<Pick<CheckOptions, 'host' | 'port'>> {
  const bare = parseIpAddress(text);
  if (bare.ok) return ok({ host: { address: bare.value }, port: usualPort });
  const [, bracketed, plain = '', portText] = /^(?:\[([^\]]*)\]|([^:[]*))(?::(.*))?$/.exec(text) ?? [];
  if (text.startsWith('[') && bracketed === undefined) return err(problem('NOT_AN_IP_ADDRESS', { text: text.slice(0, 64) }));
  const port = portText === undefined ? usualPort : parsePort(portText);
  if (port === undefined) return err(problem('NOT_A_PORT', { port: (portText ?? '').slice(0, 20) }));
  if (bracketed !== undefined) {
    const address = parseIpAddress(bracketed);
    return address.ok ? ok({ host: { address: address.value }, port }) : address;
  }
  const address = parseIpAddress(plain);
  if (address.ok) return ok({ host: { address: address.value }, port });
  const host = parseHostname(plain === '' ? text : plain);
  return host.ok ? ok({ host: host.value, port }) : host;
}

function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function readStartTls(text: string | undefined): Result<StartTls | undefined> {
  if (text === undefined || text === 'smtp' || text === 'imap' || text === 'pop3') return ok(text);
  return refuse(`--starttls takes smtp, imap or pop3, not "${text.slice(0, 60)}"`);
}

const optional = <T>(text: string | undefined, parse: (text: string) => Result<T>): Result<T | undefined> =>
  text === undefined ? ok(undefined) : parse(text);

const refuse = (detail: string) => err(problem('COMMAND_LINE_INVALID', { detail }));
