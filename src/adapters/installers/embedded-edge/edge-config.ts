/** What the launcher tells the edge at its start, as one JSON argument. No secret is in it: arguments can be read by everybody. */
import { unwrap } from '../../../values/result.js';
import { parseIpAddress, type IpAddress } from '../../../values/ip-address.js';
import { integer, normal, oneOf, parseJson, readShape, record, text } from '../../../values/json-shape.js';

export type EdgeConfig = {
  readonly home: string;
  readonly controlSocket: string;
  readonly rehearsalSocket: string;
  /** Where the API listens. */
  readonly panelSocket: string;
};

/** The parent's message that comes with a listening socket. */
export type HandedSocket = {
  readonly role: 'http' | 'https';
  readonly address: IpAddress;
  readonly port: number;
  /** Of the same address: where its redirects lead. */
  readonly httpsPort: number;
};
/** `opened`: send me the sockets. `ready`: they are all served. */
export type EdgeMessage = { readonly type: 'opened' | 'ready' };

/** Throws where the argument is not the launcher's. */
export function parseEdgeConfig(argument: string | undefined): EdgeConfig {
  return unwrap(
    readShape(() => {
      const it = record(parseJson(argument ?? ''), 'argument', ['home', 'controlSocket', 'rehearsalSocket', 'panelSocket']);
      return {
        home: text(it.home, 'home', 4096),
        controlSocket: text(it.controlSocket, 'controlSocket', 4096),
        rehearsalSocket: text(it.rehearsalSocket, 'rehearsalSocket', 4096),
        panelSocket: text(it.panelSocket, 'panelSocket', 4096),
      };
    }),
  );
}

export function parseHandedSocket(message: unknown): HandedSocket {
  return unwrap(
    readShape(() => {
      const it = record(message, 'message', ['role', 'address', 'port', 'httpsPort']);
      return {
        role: oneOf(it.role, 'role', ['http', 'https']),
        address: normal(it.address, 'address', parseIpAddress),
        port: integer(it.port, 'port', 1, 65_535),
        httpsPort: integer(it.httpsPort, 'httpsPort', 1, 65_535),
      };
    }),
  );
}
