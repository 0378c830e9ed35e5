import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { SERVER_KINDS, type Address, type Server, type ServerKind } from './server.js';

const ServerKindEnum = Object.fromEntries(SERVER_KINDS.map((kind) => [kind, kind])) as Record<ServerKind, ServerKind>;
registerEnumType(ServerKindEnum, {
  name: 'ServerKind',
  description: 'The software that ends TLS.',
  valuesMap: {
    EMBEDDED_EDGE: { description: 'The TLS server that comes with Hostseal and runs beside it. The panel is served here.' },
    NGINX: { description: 'The nginx of this machine (HOSTSEAL_NGINX_CONFIG). What it serves besides is left as it is.' },
  },
});

@ObjectType('Server', { description: 'Ends TLS for sites. Registered by an administrator, used by all accounts below.' })
export class ServerType {
  @Field(() => ID, { description: '`srv_…`.' }) id!: string;
  @Field({ description: 'For people.' }) name!: string;
  @Field(() => ServerKindEnum, { description: 'The software that ends TLS.' }) kind!: ServerKind;
  @Field({ description: 'When it was registered.' }) createdAt!: Date;

  static from({ id, name, kind, createdAt }: Server): ServerType {
    return Object.assign(new ServerType(), { id, name, kind, createdAt: toDate(createdAt) });
  }
}

@ObjectType('Address', { description: 'Where a server listens. The names of its sites have to resolve to one of these.' })
export class AddressType {
  @Field(() => ID, { description: '`adr_…`.' }) id!: string;
  @Field(() => ID, { description: 'The server that listens there.' }) serverId!: string;
  @Field({ description: 'IPv4 or IPv6, in the form of RFC 5952.' }) ip!: string;
  @Field(() => Int, { description: 'For challenges of CAs and redirects; 80 where strangers come.' }) httpPort!: number;
  @Field(() => Int, { description: 'For TLS; 443 where strangers come.' }) httpsPort!: number;

  @Field({ description: 'Do only sites of one account answer here? Else it is shared.' }) dedicated!: boolean;
  dedicatedAccountId?: string;

  static from({ id, serverId, ip, httpPort, httpsPort, dedicatedTo }: Address): AddressType {
    const dedication = { dedicated: dedicatedTo !== undefined, ...(dedicatedTo && { dedicatedAccountId: dedicatedTo }) };
    return Object.assign(new AddressType(), { id, serverId, ip, httpPort, httpsPort, ...dedication });
  }
}

@ObjectType({ description: 'A page of servers.' })
export class ServerConnection extends Connection(ServerType, 'Server') {}

@InputType({ description: 'The server to register.' })
export class RegisterServerInput {
  @Field({ description: 'For people; at most 100 characters.' }) name!: string;
  @Field(() => ServerKindEnum, { description: 'The software that ends TLS.' }) kind!: ServerKind;
}

@InputType({ description: 'The address to add.' })
export class AddAddressInput {
  @Field(() => ID, { description: "One of the caller's own servers." }) serverId!: string;
  @Field({ description: 'In plain form: `192.0.2.1`, `2001:db8::1`.' }) ip!: string;
  @Field(() => Int, { description: '1 to 65535.' }) httpPort!: number;
  @Field(() => Int, { description: '1 to 65535, another than httpPort.' }) httpsPort!: number;
  @Field(() => ID, {
    nullable: true,
    description: 'The account whose sites alone shall answer here: the caller, or one below. By default the address is shared.',
  })
  dedicatedTo?: string | null;
}

@ObjectType({ description: 'It is registered.' })
export class RegisterServerSuccess {
  @Field(() => ServerType, { description: 'The server.' }) server!: ServerType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType({ description: 'It is added.' })
export class AddAddressSuccess {
  @Field(() => AddressType, { description: 'The address.' }) address!: AddressType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const RegisterServerResult = resultUnion('RegisterServerResult', RegisterServerSuccess);
export const AddAddressResult = resultUnion('AddAddressResult', AddAddressSuccess);
