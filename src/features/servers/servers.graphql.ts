import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { MAIL_PROTOCOLS, type Address, type MailPort, type MailProtocol } from './address.js';
import type { SiteFound } from './found-sites.service.js';
import { SERVER_KINDS, SERVINGS, type Server, type ServerKind, type Serving } from './server.js';

const ServerKindEnum = Object.fromEntries(SERVER_KINDS.map((kind) => [kind, kind])) as Record<ServerKind, ServerKind>;
registerEnumType(ServerKindEnum, {
  name: 'ServerKind',
  description: 'The software that ends TLS.',
  valuesMap: {
    EMBEDDED_EDGE: { description: 'The TLS server that comes with Hostseal and runs beside it. The panel is served here.' },
    NGINX: { description: 'An nginx. What it serves besides is left as it is.' },
    APACHE: { description: 'An Apache httpd with mod_ssl. What it serves besides is left as it is.' },
    HAPROXY: { description: 'An HAProxy. Its certificates are changed without a reload.' },
    CPANEL: { description: 'A server of cPanel & WHM, through its API.' },
    POSTFIX: { description: 'A Postfix: SMTP, with STARTTLS and from the first byte.' },
    DOVECOT: { description: 'A Dovecot: IMAP and POP3, with STARTTLS and from the first byte.' },
  },
});

const ServingEnum = Object.fromEntries(SERVINGS.map((serving) => [serving, serving])) as Record<Serving, Serving>;
registerEnumType(ServingEnum, {
  name: 'Serving',
  description: 'How a server finds the certificate of a site.',
  valuesMap: {
    FILES: {
      description:
        'In configuration that it has read. Each gathered change is a reload, which costs the more the more sites there are, and ends idle connections. Keys are readable by its master alone.',
    },
    BY_NAME: {
      description:
        'By the name of each handshake (nginx from 1.15.9 on). No change of a site is a reload, at any number of sites. It costs 2.5 to 4 times the CPU for a full handshake, and the keys are readable by the group that its workers run with: nothing else should run with it. The first site with an RSA and an ECDSA certificate is a reload, and makes handshakes dearer again.',
    },
  },
});

@ObjectType('Server', { description: 'Ends TLS for sites. Registered by an administrator, used by all accounts below.' })
export class ServerType {
  @Field(() => ID, { description: '`srv_…`.' }) id!: string;
  @Field({ description: 'For people.' }) name!: string;
  @Field(() => ServerKindEnum, { description: 'The software that ends TLS.' }) kind!: ServerKind;
  @Field(() => ID, { nullable: true, description: 'The machine that it is on; null: the one that Hostseal runs on.' }) hostId?: string;
  @Field({ description: 'What that machine calls it.' }) nameOnHost!: string;
  @Field(() => ServingEnum, { description: 'How it finds the certificate of a site.' }) serving!: Serving;
  @Field({ description: 'When it was registered.' }) createdAt!: Date;
  poolId?: string;

  static from({ id, name, kind, hostId, nameOnHost, serving, poolId, createdAt }: Server): ServerType {
    return Object.assign(new ServerType(), { id, name, kind, hostId, nameOnHost, serving, poolId, createdAt: toDate(createdAt) });
  }
}

const MailProtocolEnum = Object.fromEntries(MAIL_PROTOCOLS.map((name) => [name, name])) as Record<MailProtocol, MailProtocol>;
registerEnumType(MailProtocolEnum, {
  name: 'MailProtocol',
  description: 'What a mail server speaks at a port.',
  valuesMap: {
    SMTP: { description: 'SMTP, submission too, with STARTTLS (RFC 3207).' },
    SMTPS: { description: 'SMTP in TLS from the first byte (RFC 8314 3.3).' },
    IMAP: { description: 'IMAP with STARTTLS (RFC 9051 6.2.1).' },
    IMAPS: { description: 'IMAP in TLS from the first byte (RFC 8314 3.2).' },
    POP3: { description: 'POP3 with STLS (RFC 2595 4).' },
    POP3S: { description: 'POP3 in TLS from the first byte (RFC 8314 3.1).' },
  },
});

@ObjectType('MailPort', { description: 'A port of a mail server, and what it speaks there.' })
export class MailPortType {
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field(() => MailProtocolEnum, { description: 'What is spoken there.' }) protocol!: MailProtocol;
}

@ObjectType('Address', { description: 'Where a server listens. The names of its sites have to resolve to one of these.' })
export class AddressType {
  @Field(() => ID, { description: '`adr_…`.' }) id!: string;
  @Field(() => ID, { description: 'The server that listens there.' }) serverId!: string;
  @Field({ description: 'IPv4 or IPv6, in the form of RFC 5952.' }) ip!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'For challenges of CAs and redirects; 80 where strangers come. Null for a mail server.',
  })
  httpPort?: number;
  @Field(() => Int, { nullable: true, description: 'For TLS; 443 where strangers come. Null for a mail server.' }) httpsPort?: number;
  @Field(() => [MailPortType], { description: 'Of a mail server; none of others.' }) mailPorts!: readonly MailPort[];

  @Field({ description: 'Do only sites of one account answer here? Else it is shared.' }) dedicated!: boolean;
  dedicatedAccountId?: string;

  static from({ dedicatedTo, ...address }: Address): AddressType {
    const dedication = { dedicated: dedicatedTo !== undefined, ...(dedicatedTo && { dedicatedAccountId: dedicatedTo }) };
    return Object.assign(new AddressType(), { mailPorts: [], ...address, ...dedication });
  }
}

@ObjectType({ description: 'A page of servers.' })
export class ServerConnection extends Connection(ServerType, 'Server') {}

@InputType({ description: 'The server to register.' })
export class RegisterServerInput {
  @Field({ description: 'For people; at most 100 characters.' }) name!: string;
  @Field(() => ServerKindEnum, { description: 'The software that ends TLS.' }) kind!: ServerKind;
  @Field(() => ID, { nullable: true, description: 'The machine that it is on; by default the one that Hostseal runs on.' })
  hostId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'What that machine calls it (docs/operations.md#servers); by default its kind in lower case, and `edge`.',
  })
  nameOnHost?: string | null;
  @Field(() => ServingEnum, {
    nullable: true,
    description:
      'How it finds the certificate of a site; by default FILES. It stays so: a server that serves sites in one way refuses the other.',
  })
  serving?: Serving | null;
}

@InputType({ description: 'A port of a mail server.' })
class MailPortInput {
  @Field(() => Int, { description: '1 to 65535.' }) port!: number;
  @Field(() => MailProtocolEnum, { description: 'What is spoken there.' }) protocol!: MailProtocol;
}

@InputType({ description: 'The address to add: with httpPort and httpsPort, or with mailPorts.' })
export class AddAddressInput {
  @Field(() => ID, { description: "One of the caller's own servers." }) serverId!: string;
  @Field({ description: 'In plain form: `192.0.2.1`, `2001:db8::1`.' }) ip!: string;
  @Field(() => Int, { nullable: true, description: 'Of a server of web sites: 1 to 65535.' }) httpPort?: number | null;
  @Field(() => Int, { nullable: true, description: 'Of a server of web sites: 1 to 65535, another than httpPort.' })
  httpsPort?: number | null;
  @Field(() => [MailPortInput], { nullable: true, description: 'Of a mail server: 1 to 16.' }) mailPorts?: MailPortInput[] | null;
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

@ObjectType('FoundListen', { description: 'Where a site listens.' })
class FoundListenType {
  @Field({ description: 'An address; `*` and `::`: every one of the machine.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
}

@ObjectType('FoundSite', { description: 'A site with TLS that a server has, and that Hostseal did not put there.' })
export class FoundSiteType {
  @Field(() => [String], { description: 'As they are configured.' }) names!: string[];
  @Field(() => [FoundListenType], { description: 'Where it listens.' }) listens!: FoundListenType[];
  @Field({ description: 'The file that it is configured in.' }) file!: string;
  @Field({ description: 'The file of its certificate.' }) certificateFile!: string;
  @Field({ description: 'Distinguished name (RFC 4514).' }) subject!: string;
  @Field({ description: 'Distinguished name of the CA (RFC 4514).' }) issuer!: string;
  @Field({ description: 'The last second in which it is valid.' }) notAfter!: Date;
  @Field({ description: 'SHA-256 of the certificate, in hex.' }) fingerprint!: string;
  @Field({ description: 'PEM, as it is served: what `importCertificate` takes.' }) pem!: string;
  @Field({ description: 'Is the file of its key there, and readable for whoever drives the server? The key is never answered.' })
  keyReadable!: boolean;

  static from({ site, leaf }: SiteFound): FoundSiteType {
    const { names, listens, file, certificate, chain, keyReadable } = site;
    const { subject, issuer, notAfter, fingerprint } = leaf;
    return Object.assign(new FoundSiteType(), {
      ...{ names: [...names], listens: [...listens], file, certificateFile: certificate, pem: chain, keyReadable },
      ...{ subject, issuer, notAfter: toDate(notAfter), fingerprint },
    });
  }
}
