/** Our own network rooms, wired for loopback: what a test allows is what it may dial. */
import { makeAddressGuard } from '../../src/adapters/network/dialing/address-guard.js';
import { type Dialer, makeDialer } from '../../src/adapters/network/dialing/dialer.js';
import { makeResolver, type Resolver } from '../../src/adapters/network/dialing/resolver.js';
import { type IpAddress, parseIpAddress } from '../../src/values/ip-address.js';
import { unwrap } from '../../src/values/result.js';

export const ip = (text: string): IpAddress => unwrap(parseIpAddress(text));

/** May dial every port of 127.0.0.1, and nothing else on this machine. */
export const loopbackDialer = (resolver: Resolver = makeResolver({ servers: [] })): Dialer =>
  makeDialer({ guard: makeAddressGuard([{ address: ip('127.0.0.1') }]), resolver });
