/**
 * The one place where Hostseal opens a connection to the outside. The address that the guard saw is the address that is
 * dialled: a name is resolved here, once, and never again by the socket.
 */
import net from 'node:net';
import type { Hostname } from '../../../values/hostname.js';
import type { IpAddress } from '../../../values/ip-address.js';
import type { ProblemCode } from '../../../values/problems/codes.js';
import { about, type Problem, problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { AddressGuard } from './address-guard.js';
import { connectionProblem, timedOut } from './connection-problem.js';
import { Deadline, withDeadline } from './deadline.js';
import type { Resolver } from './resolver.js';

export type Endpoint =
  | { readonly address: IpAddress; readonly port: number }
  | { readonly name: Hostname; readonly port: number }
  /** A rehearsal on this machine. Only our own installers make one; never built from input. */
  | { readonly socketPath: string };

export interface Dialer {
  /**
   * A connected socket, which the caller owns and destroys. ADDRESS_NOT_ALLOWED, NAME_*, CONNECTION_*.
   * Of a name's addresses each allowed one is tried in order, within `timeoutMs` for all of them; where none of several connects,
   * the failure is told that says most, with each address's own in `sub`.
   */
  connect(endpoint: Endpoint, options: DialOptions): Promise<Result<net.Socket>>;
}

type DialOptions = {
  readonly timeoutMs: number;
  /**
   * Hears what comes in the place of the socket's `data`, for who is done with it when the call ends: all sockets that are read so share one
   * buffer, where Node has 64 KiB made for each read.
   */
  readonly onBytes?: (bytes: Uint8Array) => void;
};

const READ = Buffer.allocUnsafeSlow(65_536);

/** Filled and handed on in one go, so that no two sockets ever have something in it. */
const readInto = (onBytes: (bytes: Uint8Array) => void): net.OnReadOpts => ({
  buffer: READ,
  callback: (length, buffer) => {
    onBytes(buffer.subarray(0, length));
    return true;
  },
});

export function makeDialer({ guard, resolver }: { readonly guard: AddressGuard; readonly resolver: Resolver }): Dialer {
  const dialAllowed = async (address: IpAddress, port: number, options: DialOptions): Promise<Result<net.Socket>> =>
    guard.allows(address, port)
      ? dial({ host: address, port }, options, address)
      : err(problem('ADDRESS_NOT_ALLOWED', { address, port }, { subject: address }));

  const dialName = async (name: Hostname, port: number, options: DialOptions): Promise<Result<net.Socket>> => {
    const { timeoutMs } = options;
    const deadline = new Deadline(timeoutMs);
    const resolved = await withDeadline(resolver.addresses(name), timeoutMs);
    if (resolved === 'TIMED_OUT') {
      return err(problem('NAME_LOOKUP_FAILED', { name, detail: `no answer within ${timeoutMs} ms` }, { subject: name }));
    }
    if (!resolved.ok) return resolved;
    const failures: Problem[] = [];
    const tried = resolved.value.slice(0, MOST_TRIED);
    for (const [i, address] of tried.entries()) {
      // An equal share of what is left for each, so that one that swallows packets leaves time for the next.
      const share = deadline.remainingMs / (tried.length - i);
      const dialled = await dialAllowed(address, port, { ...options, timeoutMs: share });
      if (dialled.ok) return dialled;
      failures.push(about(address, dialled.problem));
    }
    return err(mostTelling(failures) ?? problem('NAME_DOES_NOT_RESOLVE', { name, detail: 'no address' }, { subject: name }));
  };

  return {
    async connect(endpoint, options) {
      if ('socketPath' in endpoint) return dial({ path: endpoint.socketPath }, options, endpoint.socketPath);
      return 'name' in endpoint ? dialName(endpoint.name, endpoint.port, options) : dialAllowed(endpoint.address, endpoint.port, options);
    },
  };
}

/** A name with more addresses than this gains nothing from the rest, and each could cost its share of the time. */
const MOST_TRIED = 16;

/** A server that answers says more than a network that does not, and either more than an address that we never dialled. */
const TELLING: readonly ProblemCode[] = [
  'CONNECTION_REFUSED',
  'CONNECTION_CLOSED',
  'CONNECTION_TIMED_OUT',
  'CONNECTION_NO_ROUTE',
  'ADDRESS_NOT_ALLOWED',
];

function mostTelling(failures: readonly Problem[]): Problem | undefined {
  const [first, ...others] = failures.toSorted((a, b) => TELLING.indexOf(a.code) - TELLING.indexOf(b.code));
  return first && others.length > 0 ? { ...first, sub: failures } : first;
}

function dial(
  to: { readonly host: string; readonly port: number } | { readonly path: string },
  { timeoutMs, onBytes }: DialOptions,
  address: string,
): Promise<Result<net.Socket>> {
  return new Promise((resolve) => {
    const socket = net.connect(onBytes ? { ...to, onread: readInto(onBytes) } : to);
    const where = { address, port: 'port' in to ? to.port : 0 };
    const fail = (cause: Problem) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(err(cause));
    };
    const timer = setTimeout(() => fail(timedOut(where, timeoutMs)), timeoutMs);
    // Stays for the socket's life: without a listener a reset that nobody waits for would end the process.
    socket.on('error', (error) => fail(connectionProblem(error, where, timeoutMs)));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.setNoDelay(true);
      resolve(ok(socket));
    });
  });
}
