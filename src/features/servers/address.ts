/** Where servers listen: for web sites on two ports, plain HTTP for challenges and redirects, and TLS; for mail on those of its protocols. */
import type { StartTls } from '../../cores/tls/starttls/start-tls.js';
import { parseId, type Id } from '../../values/id.js';
import { parseIpAddress, type IpAddress } from '../../values/ip-address.js';
import { about, problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { isMailServer, type ServerKind } from './server.js';

/** SMTP, IMAP and POP3 begin in the clear (RFC 3207, RFC 9051 6.2.1, RFC 2595 4); the others speak TLS from the first byte (RFC 8314 3). */
export const MAIL_PROTOCOLS = ['SMTP', 'SMTPS', 'IMAP', 'IMAPS', 'POP3', 'POP3S'] as const;
export type MailProtocol = (typeof MAIL_PROTOCOLS)[number];
export type MailPort = { readonly port: number; readonly protocol: MailProtocol };

type Place = {
  readonly id: Id<'address'>;
  readonly serverId: Id<'server'>;
  readonly ip: IpAddress;
  /** Only sites of this account answer there; absent where the address is shared. */
  readonly dedicatedTo?: Id<'account'>;
};
export type WebAddress = Place & { readonly httpPort: number; readonly httpsPort: number };
export type MailAddress = Place & { readonly mailPorts: readonly MailPort[] };
export type Address = WebAddress | MailAddress;

export const isWeb = (address: Address): address is WebAddress => 'httpPort' in address;

/** Sites of which account answer at an address. */
export const mayUse = ({ dedicatedTo }: Pick<Place, 'dedicatedTo'>, accountId: string): boolean =>
  dedicatedTo === undefined || dedicatedTo === accountId;

/** Where sites of an account are served with TLS. */
export const tlsPlaces = (addresses: readonly Address[], accountId: string) =>
  addresses
    .filter((address) => mayUse(address, accountId))
    .map((address) => ({ id: address.id, serverId: address.serverId, ip: address.ip, ports: tlsPorts(address) }));

/** A port on which TLS is spoken, and what is said there before it. */
export type TlsPort = { readonly port: number; readonly startTls?: StartTls };

const BEGINS_IN_THE_CLEAR: Readonly<Partial<Record<MailProtocol, StartTls>>> = { SMTP: 'smtp', IMAP: 'imap', POP3: 'pop3' };

export function tlsPorts(address: Address): readonly TlsPort[] {
  if (isWeb(address)) return [{ port: address.httpsPort }];
  return address.mailPorts.map(({ port, protocol }) => {
    const startTls = BEGINS_IN_THE_CLEAR[protocol];
    return { port, ...(startTls && { startTls }) };
  });
}

export type NewAddress = Omit<WebAddress, 'id'> | Omit<MailAddress, 'id'>;
export type AddressInput = {
  serverId: string;
  ip: string;
  httpPort?: number | null;
  httpsPort?: number | null;
  mailPorts?: readonly MailPort[] | null;
  dedicatedTo?: string | null;
};

/** INVALID_INPUT for ports of both sorts, or of none; DUPLICATE for one that is named twice. */
export function parseNewAddress({ serverId, ip, httpPort, httpsPort, mailPorts, dedicatedTo }: AddressInput): Result<NewAddress> {
  const place = {
    serverId: parseId('server', serverId),
    ip: parseIpAddress(ip),
    ...(dedicatedTo != null && { dedicatedTo: parseId('account', dedicatedTo) }),
  };
  const isOfWeb = httpPort != null || httpsPort != null;
  if (isOfWeb === (mailPorts != null)) return err(about('mailPorts', problem('INVALID_INPUT', { detail: ONE_SORT })));
  const address: Result<NewAddress> = isOfWeb
    ? allFields({ ...place, httpPort: parsePort(httpPort ?? 0), httpsPort: parsePort(httpsPort ?? 0) })
    : allFields({ ...place, mailPorts: parseMailPorts(mailPorts ?? []) });
  const same = address.ok && 'httpPort' in address.value && address.value.httpPort === address.value.httpsPort;
  return same ? err(about('httpsPort', problem('DUPLICATE', { text: httpsPort ?? 0 }))) : address;
}

const ONE_SORT = 'an address has httpPort and httpsPort, or mailPorts';
/** Six protocols, and submission beside SMTP. */
const MOST_MAIL_PORTS = 16;

function parseMailPorts(ports: readonly MailPort[]): Result<readonly MailPort[]> {
  if (ports.length === 0 || ports.length > MOST_MAIL_PORTS)
    return err(problem('INVALID_INPUT', { detail: `1 to ${MOST_MAIL_PORTS} ports of mail` }));
  const wrong = ports.map(({ port }) => parsePort(port)).find((port) => !port.ok);
  if (wrong && !wrong.ok) return wrong;
  const twice = ports.find(({ port }, at) => ports.findIndex((each) => each.port === port) !== at);
  return twice ? err(problem('DUPLICATE', { text: twice.port })) : ok(ports.map(({ port, protocol }) => ({ port, protocol })));
}

/** RFC 6335 6: 1 to 65535; 0 is reserved. */
const parsePort = (port: number): Result<number> =>
  Number.isInteger(port) && port >= 1 && port <= 65_535 ? ok(port) : err(problem('NOT_A_PORT', { port }));

/** Has an address the ports that a server of this kind listens on? INVALID_INPUT. */
export function fits(address: NewAddress, kind: ServerKind): Result<void> {
  const isOfMail = 'mailPorts' in address;
  if (isOfMail === isMailServer(kind)) return ok(undefined);
  const [field, detail] = isOfMail ? ['mailPorts', 'for mail servers alone'] : ['httpPort', 'for servers of web sites alone'];
  return err(about(field, problem('INVALID_INPUT', { detail })));
}
