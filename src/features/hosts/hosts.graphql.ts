import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { sshFingerprint, type SshPublicKey } from '../../cores/ssh/public-key.js';
import { Connection } from '../../graphql/connection.js';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { authorizedKey, HOST_STATES, type Host, type HostState } from './host.js';

const HostStateEnum = Object.fromEntries(HOST_STATES.map((state) => [state, state])) as Record<HostState, HostState>;
registerEnumType(HostStateEnum, {
  name: 'HostState',
  description: 'What the last look at a host found; there is one every minute.',
  valuesMap: {
    UNKNOWN: { description: 'It was not looked at since its key was pinned, or none is.' },
    REACHABLE: { description: 'It shows the pinned key and takes ours.' },
    UNREACHABLE: { description: 'It does not; `problem` says why.' },
  },
});

@ObjectType({ description: 'A public key that a host shows. Compare its fingerprint on the machine itself: `ssh-keygen -l -f FILE`.' })
export class SshHostKey {
  @Field({ description: 'As OpenSSH writes it: `ssh-ed25519 AAAA…`.' }) hostKey!: string;
  @Field({ description: 'SHA-256, as `ssh-keygen -l` shows it: `SHA256:…`.' }) fingerprint!: string;

  static from(hostKey: SshPublicKey): SshHostKey {
    return Object.assign(new SshHostKey(), { hostKey, fingerprint: sshFingerprint(hostKey) });
  }
}

@ObjectType('Host', { description: 'Another machine, on which servers are driven over SSH. For administrators.' })
export class HostType {
  @Field(() => ID, { description: '`hos_…`.' }) id!: string;
  @Field({ description: 'For people.' }) name!: string;
  @Field({ description: 'Where SSH answers: IPv4 or IPv6, in the form of RFC 5952.' }) address!: string;
  @Field(() => Int, { description: 'The port of SSH.' }) port!: number;
  @Field({ description: 'The account there: never root.' }) user!: string;
  @Field(() => SshHostKey, { nullable: true, description: 'The key that it must show. Without one, it is not used.' })
  pinned!: SshHostKey | null;
  @Field({
    description: 'The line for `authorized_keys` of that account: the key that Hostseal comes with, and the one thing that it may do.',
  })
  authorizedKey!: string;
  @Field(() => HostStateEnum, { description: 'What the last look at it found.' }) state!: HostState;
  @Field({ description: 'Since when that is so.' }) stateAt!: Date;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it is out of reach.' }) problem!: ProblemDetail | null;
  @Field({ description: 'When it was registered.' }) createdAt!: Date;

  static from(host: Host): HostType {
    const { id, name, address, port, user, hostKey, state, stateAt, problem, createdAt } = host;
    return Object.assign(new HostType(), {
      ...{ id, name, address, port, user, state },
      pinned: hostKey && SshHostKey.from(hostKey),
      authorizedKey: authorizedKey(host),
      stateAt: toDate(stateAt),
      problem: problem && toDetail(problem),
      createdAt: toDate(createdAt),
    });
  }
}

@ObjectType({ description: 'A page of hosts.' })
export class HostConnection extends Connection(HostType, 'Host') {}

@InputType({ description: 'The machine to register.' })
export class RegisterHostInput {
  @Field({ description: 'For people; at most 100 characters.' }) name!: string;
  @Field({ description: 'Where SSH answers: an IP address in plain form, `192.0.2.1` or `2001:db8::1`.' }) address!: string;
  @Field(() => Int, { description: '1 to 65535; mostly 22.' }) port!: number;
  @Field({ description: 'The account there that was made for Hostseal. Never root.' }) user!: string;
}

@InputType({ description: 'The key that a host must show from now on.' })
export class PinHostKeyInput {
  @Field(() => ID, { description: "One of the caller's hosts." }) hostId!: string;
  @Field({ description: 'As OpenSSH writes it: `ssh-ed25519 AAAA…`, with or without a comment.' }) hostKey!: string;
}

@ObjectType({ description: 'It is registered.' })
export class RegisterHostSuccess {
  @Field(() => HostType, { description: 'The host.' }) host!: HostType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType({ description: 'It is pinned.' })
export class PinHostKeySuccess {
  @Field(() => HostType, { description: 'The host.' }) host!: HostType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const RegisterHostResult = resultUnion('RegisterHostResult', RegisterHostSuccess);
export const PinHostKeyResult = resultUnion('PinHostKeyResult', PinHostKeySuccess);
