/** What a check found at one address. "Could not be found out" is an answer of each fact: UNKNOWN, or null, with the reason. */
import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { readCertificate } from '../../cores/pki/certificate.js';
import {
  TOLERANCES,
  type AddressCheck,
  type HttpAnswer,
  type NamelessAnswer,
  type ShownCertificate,
  type Suites,
  type Tolerance,
  type VersionSupport,
} from '../../cores/tls/check/site-check.js';
import type { Observation } from '../../cores/tls/observation.js';
import {
  TIMESTAMP_SOURCES,
  timestampsWith,
  type ShownTimestamps,
  type TimestampSource,
} from '../../cores/tls/timestamps/shown-timestamps.js';
import { versionName } from '../../cores/tls/registry/versions.js';
import { ProblemDetail, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { toPem } from '../../values/pem.js';
import type { Result } from '../../values/result.js';
import { ObservedStepType, SessionFields } from '../observations/observations.graphql.js';

const ANSWERS = ['YES', 'NO', 'UNKNOWN'] as const;
type Answer = (typeof ANSWERS)[number];
const AnswerEnum = Object.fromEntries(ANSWERS.map((answer) => [answer, answer])) as Record<Answer, Answer>;
registerEnumType(AnswerEnum, {
  name: 'Answer',
  description: 'What a server was seen to do.',
  valuesMap: {
    YES: { description: 'It does.' },
    NO: { description: 'It does not.' },
    UNKNOWN: { description: 'It could not be found out; `problem` says why. Never counts as fine.' },
  },
});

const FEATURES = {
  SESSION_ID: 'Comes back to a session by its id.',
  SESSION_TICKET: 'Comes back to a session by a ticket (RFC 5077).',
  PSK_RESUMPTION: 'Comes back to a session of TLS 1.3 (RFC 8446 2.2).',
  EARLY_DATA: 'Lets data come in the first flight (RFC 8446 2.3), which can be replayed.',
  EXTENDED_MASTER_SECRET: 'Ties the keys to the handshake (RFC 7627).',
  ENCRYPT_THEN_MAC: 'Encrypts before it authenticates (RFC 7366).',
  SECURE_RENEGOTIATION: 'Ties a renegotiation to the session before (RFC 5746).',
  FALLBACK_SCSV: 'Refuses a client that says it fell back (RFC 7507).',
  COMPRESSION: 'Compresses, which tells secrets (CRIME).',
  TOLERATES_NEW_VERSION: 'Answers a client that knows a version of later days.',
  TOLERATES_UNKNOWN_EXTENSION: 'Answers a client with an extension that nobody knows.',
  TOLERATES_GREASE: 'Answers a client with reserved values (RFC 8701).',
  TOLERATES_LONG_HELLO: 'Answers a long ClientHello, as post-quantum keys make it.',
  TOLERATES_HELLO_OF_256_TO_511: 'Answers a ClientHello of 256 to 511 bytes (RFC 7685).',
  TOLERATES_MANY_SUITES: 'Answers a client with many cipher suites.',
  TOLERATES_FRAGMENTED_HELLO: 'Answers a ClientHello in several records (RFC 8446 5.1).',
} as const;
type Feature = keyof typeof FEATURES;
const FEATURE_NAMES = Object.keys(FEATURES) as Feature[];
const FeatureEnum = Object.fromEntries(FEATURE_NAMES.map((feature) => [feature, feature])) as Record<Feature, Feature>;
registerEnumType(FeatureEnum, {
  name: 'TlsFeature',
  description: 'What a server can be asked for. TOLERATES_…: a ClientHello that is changed in this is answered as any other.',
  valuesMap: Object.fromEntries(FEATURE_NAMES.map((feature) => [feature, { description: FEATURES[feature] }])),
});

/** Undefined where it was not asked: something before it makes it pointless. */
const asked = <T, G>(result: Result<T> | undefined, make: (result: Result<T>) => G): G | undefined =>
  result === undefined ? undefined : make(result);
const problemIn = (result: Result<unknown>) => (result.ok ? {} : { problem: toDetail(result.problem) });

@ObjectType({ description: 'Whether a server does something.' })
export class FeatureAnswer {
  @Field(() => FeatureEnum, { description: 'What.' }) feature!: Feature;
  @Field(() => AnswerEnum, { description: 'Does it?' }) answer!: Answer;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it is not known.' }) problem?: ProblemDetail;
}

@ObjectType({ description: 'Names that a server knows.' })
export class NamesAnswer {
  @Field(() => [String], { nullable: true, description: 'In the order of its choice, where it has one. Null: not known.' })
  names?: string[];
  @Field(() => ProblemDetail, { nullable: true, description: 'Why they are not known.' }) problem?: ProblemDetail;

  static from(result: Result<readonly string[]>): NamesAnswer {
    return Object.assign(new NamesAnswer(), { ...(result.ok && { names: [...result.value] }), ...problemIn(result) });
  }
}

@ObjectType({ description: 'The cipher suites of one version.' })
class SuitesAnswer {
  @Field(() => [String], { nullable: true, description: 'IANA names, in the order of the choice. Null: not known.' }) names?: string[];
  @Field(() => String, { nullable: true, description: 'Whose order decides: `SERVER`, `CLIENT`, or `ONLY_ONE` where there is no choice.' })
  preference?: Suites['preference'];
  @Field(() => Int, { nullable: true, description: 'Bits of the smallest finite field that was seen (DHE).' }) finiteFieldBits?: number;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why they are not known.' }) problem?: ProblemDetail;

  static from(result: Result<Suites>): SuitesAnswer {
    return Object.assign(new SuitesAnswer(), {
      ...(result.ok && { ...result.value, names: [...result.value.names] }),
      ...problemIn(result),
    });
  }
}

@ObjectType({ description: 'A version of TLS or SSL.' })
export class VersionAnswer {
  @Field({ description: '`TLS 1.3`.' }) version!: string;
  @Field(() => AnswerEnum, { description: 'Does the server have it?' }) answer!: Answer;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it is not known.' }) problem?: ProblemDetail;
  @Field(() => SuitesAnswer, { nullable: true, description: 'Its cipher suites. Null: not asked.' }) suites?: SuitesAnswer;

  static from({ version, supported, suites }: VersionSupport): VersionAnswer {
    return Object.assign(new VersionAnswer(), {
      ...{ version: versionName(version), answer: answerOf(supported), ...problemIn(supported) },
      suites: asked(suites, SuitesAnswer.from),
    });
  }
}

@ObjectType({ description: 'A certificate as a server shows it.' })
export class SeenCertificate {
  @Field({ description: 'SHA-256 of the leaf, hex.' }) fingerprint!: string;
  @Field({ description: 'RFC 4514 text.' }) subject!: string;
  @Field({ description: 'RFC 4514 text.' }) issuer!: string;
  @Field({ description: 'Lower-case hex.' }) serial!: string;
  @Field(() => [String], { description: 'DNS names.' }) names!: string[];
  @Field({ description: '`ECDSA_P256`, `RSA_2048`.' }) keyAlgorithm!: string;
  @Field({ description: 'Valid from.' }) notBefore!: Date;
  @Field({ description: 'The last second in which it is valid.' }) notAfter!: Date;
  @Field({ description: 'All that was sent, leaf first, PEM.' }) chain!: string;

  /** Undefined for what is no certificate. */
  static from(chain: readonly Uint8Array[]): SeenCertificate | undefined {
    const leaf = chain[0] && readCertificate(chain[0]);
    if (!leaf?.ok) return undefined;
    const { fingerprint, subject, issuer, serial, names, keyAlgorithm, notBefore, notAfter } = leaf.value;
    return Object.assign(new SeenCertificate(), {
      ...{ fingerprint, subject, issuer, serial, names: [...names], keyAlgorithm },
      ...{ notBefore: toDate(notBefore), notAfter: toDate(notAfter), chain: chain.map((der) => toPem('CERTIFICATE', der)).join('') },
    });
  }
}

const TimestampSourceEnum = Object.fromEntries(TIMESTAMP_SOURCES.map((source) => [source, source])) as Record<
  TimestampSource,
  TimestampSource
>;
registerEnumType(TimestampSourceEnum, {
  name: 'TimestampSource',
  description: 'In what timestamps of Certificate Transparency came (RFC 6962 3.3).',
  valuesMap: {
    CERTIFICATE: { description: 'In the certificate.' },
    HANDSHAKE: { description: 'In an extension of TLS.' },
    STAPLE: { description: 'In the OCSP response.' },
  },
});

@ObjectType({ description: 'Timestamps of Certificate Transparency. Their signatures are not verified.' })
export class TimestampListType {
  @Field(() => TimestampSourceEnum, { description: 'In what they came.' }) source!: TimestampSource;
  @Field(() => [String], { description: 'The logs: SHA-256 of their keys, hex, one for each timestamp.' }) logs!: string[];
  @Field(() => String, { nullable: true, description: 'Why the list cannot be read.' }) malformed?: string;

  static from({ source, list }: ShownTimestamps): TimestampListType {
    const read = list.ok ? { logs: list.value.timestamps.map(({ logId }) => logId) } : { logs: [], malformed: list.problem };
    return Object.assign(new TimestampListType(), { source, ...read });
  }
}

@ObjectType({ description: 'A certificate of the server, and what came with it.' })
export class ShownCertificateType {
  @Field(() => SeenCertificate, { nullable: true, description: 'Null: it could not be read.' }) certificate?: SeenCertificate;
  @Field(() => [String], { description: 'The versions in which it was shown.' }) versions!: string[];
  @Field({ description: 'Did an OCSP response come with it (RFC 6066 8)?' }) stapled!: boolean;
  @Field({ description: 'Did timestamps of certificate transparency come in the handshake (RFC 6962 3.3)?' }) timestamps!: boolean;
  @Field(() => [TimestampListType], { description: 'All of them, however they came.' }) timestampLists!: TimestampListType[];

  static from(shown: ShownCertificate): ShownCertificateType {
    const { chain, versions, staple, timestamps } = shown;
    return Object.assign(new ShownCertificateType(), {
      ...{ certificate: SeenCertificate.from(chain), versions: versions.map(versionName) },
      ...{ stapled: staple !== undefined, timestamps: timestamps !== undefined },
      timestampLists: timestampsWith(shown).map(TimestampListType.from),
    });
  }
}

@ObjectType({ description: 'What a client without the right name is answered.' })
export class NamelessAnswerType {
  @Field(() => SeenCertificate, { nullable: true, description: 'It is shown this certificate.' }) certificate?: SeenCertificate;
  @Field(() => String, { nullable: true, description: 'It is refused with this alert.' }) alert?: string;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it is not known.' }) problem?: ProblemDetail;

  static from(result: Result<NamelessAnswer>): NamelessAnswerType {
    const answer = result.ok ? result.value : undefined;
    return Object.assign(new NamelessAnswerType(), {
      ...(answer?.kind === 'CERTIFICATE' && { certificate: SeenCertificate.from(answer.chain) }),
      ...(answer?.kind === 'REFUSED' && { alert: answer.alert }),
      ...problemIn(result),
    });
  }
}

@ObjectType({ description: 'Does the server ask for a certificate of the client?' })
export class ClientCertificateAnswer {
  @Field(() => String, { nullable: true, description: '`NOT_ASKED`, `OPTIONAL` or `REQUIRED`. Null: not known.' }) answer?: string;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it is not known.' }) problem?: ProblemDetail;

  static from(result: Result<string>): ClientCertificateAnswer {
    return Object.assign(new ClientCertificateAnswer(), { ...(result.ok && { answer: result.value }), ...problemIn(result) });
  }
}

@ObjectType({ description: 'What `GET /` is answered.' })
export class HttpAnswerType {
  @Field(() => Int, { nullable: true, description: 'Status. Null: not known.' }) status?: number;
  @Field(() => String, { nullable: true, description: 'Where it leads.' }) location?: string;
  @Field(() => [String], { description: 'Every Strict-Transport-Security header, as sent.' }) hsts!: string[];
  @Field(() => Date, { nullable: true, description: 'Of the Date header.' }) date?: Date;
  @Field(() => Date, { nullable: true, description: 'By our clock, when it came.' }) receivedAt?: Date;
  @Field(() => String, { nullable: true, description: 'Of the Server header.' }) server?: string;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it is not known.' }) problem?: ProblemDetail;

  static from(result: Result<HttpAnswer>): HttpAnswerType {
    if (!result.ok) return Object.assign(new HttpAnswerType(), { hsts: [], ...problemIn(result) });
    const { date, receivedAt, hsts, ...answer } = result.value;
    const times = { receivedAt: toDate(receivedAt), ...(date !== undefined && { date: toDate(date) }) };
    return Object.assign(new HttpAnswerType(), { ...answer, hsts: [...hsts], ...times });
  }
}

@ObjectType({ description: 'One handshake of a check.' })
export class CheckedHandshake extends SessionFields {
  @Field(() => [ObservedStepType], { description: 'The steps that were reached, in order.' }) steps!: ObservedStepType[];
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it did not come about.' }) problem?: ProblemDetail;

  static from({ steps, session, failure }: Observation): CheckedHandshake {
    return Object.assign(new CheckedHandshake(), {
      steps: steps.map((step) => Object.assign(new ObservedStepType(), step)),
      ...SessionFields.fieldsOf(session),
      ...(failure && { problem: toDetail(failure) }),
    });
  }
}

const answerOf = (result: Result<boolean>): Answer => (!result.ok ? 'UNKNOWN' : result.value ? 'YES' : 'NO');

export function featuresOf(check: AddressCheck): FeatureAnswer[] {
  const { resumption, tolerates } = check;
  const tolerance = Object.fromEntries(TOLERANCES.map((each) => [`TOLERATES_${each}`, tolerates[each]])) as Record<
    `TOLERATES_${Tolerance}`,
    Result<boolean> | undefined
  >;
  const answers: Record<Feature, Result<boolean> | undefined> = {
    ...{ SESSION_ID: resumption.sessionId, SESSION_TICKET: resumption.ticket, PSK_RESUMPTION: resumption.psk },
    ...{ EARLY_DATA: check.earlyData, EXTENDED_MASTER_SECRET: check.extendedMasterSecret, ENCRYPT_THEN_MAC: check.encryptThenMac },
    ...{ SECURE_RENEGOTIATION: check.secureRenegotiation, FALLBACK_SCSV: check.fallbackScsv, COMPRESSION: check.compression },
    ...tolerance,
  };
  return FEATURE_NAMES.flatMap((feature) => {
    const result = answers[feature];
    return result ? [Object.assign(new FeatureAnswer(), { feature, answer: answerOf(result), ...problemIn(result) })] : [];
  });
}
