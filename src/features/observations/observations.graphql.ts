import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { HANDSHAKE_STEPS, type HandshakeStep, type Session } from '../../cores/tls/observation.js';
import { ProblemDetail, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { OCCASIONS, type Occasion, type SeenHandshake } from './seen-handshake.js';

const OccasionEnum = Object.fromEntries(OCCASIONS.map((occasion) => [occasion, occasion])) as Record<Occasion, Occasion>;
registerEnumType(OccasionEnum, {
  name: 'Occasion',
  description: 'Why a handshake was made.',
  valuesMap: {
    BEFORE: { description: 'To know what was served before a change.' },
    REHEARSAL: { description: 'To see a change before strangers do.' },
    AFTER: { description: 'To prove a change.' },
    UNDONE: { description: 'To prove that the old state is back.' },
    CHECK: { description: 'To know what is served now.' },
  },
});
const HandshakeStepEnum = Object.fromEntries(HANDSHAKE_STEPS.map((step) => [step, step])) as Record<HandshakeStep, HandshakeStep>;
registerEnumType(HandshakeStepEnum, {
  name: 'HandshakeStep',
  description: 'The five steps of a TLS handshake (RFC 8446 2).',
  valuesMap: {
    CLIENT_HELLO: { description: 'The client says what it can do, and which name it wants.' },
    SERVER_HELLO: { description: 'The server chooses version, cipher suite and key exchange.' },
    CERTIFICATE: { description: 'The server shows its certificate chain.' },
    KEY_EXCHANGE: { description: 'Both have the same secret, and the server has signed for it.' },
    FINISHED: { description: 'Both have checked the whole handshake; data can flow.' },
  },
});

@ObjectType('ObservedStep', { description: 'A step of a handshake, as it was seen.' })
export class ObservedStepType {
  @Field(() => HandshakeStepEnum, { description: 'Which one.' }) step!: HandshakeStep;
  @Field(() => Float, { description: 'Milliseconds since the connection was there.' }) afterMs!: number;
  @Field({ description: 'What happened in it, in one sentence for who sees a handshake for the first time.' }) detail!: string;
  @Field(() => String, { nullable: true, description: "What we said, in the field's words. Null where we said nothing." }) sent?: string;
  @Field(() => String, { nullable: true, description: 'What the server said.' }) answered?: string;
}

/** What both have at the end. */
@ObjectType({ isAbstract: true })
export abstract class SessionFields {
  @Field(() => String, { nullable: true, description: '`TLSv1.3`.' }) protocol?: string;
  @Field(() => String, { nullable: true, description: 'IANA name.' }) cipherSuite?: string;
  @Field(() => String, { nullable: true, description: 'Key exchange group, IANA name.' }) group?: string;
  @Field(() => Int, { nullable: true, description: 'Flights that were waited for, as counted on the wire.' }) roundTrips?: number;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Are the keys gone when it ends, whoever gets hold of the key of the certificate later?',
  })
  forwardSecrecy?: boolean;
  @Field(() => Boolean, { nullable: true, description: 'Is its secret safe from a quantum computer of later days?' }) postQuantum?: boolean;

  static fieldsOf(session: Session | undefined): Partial<SessionFields> {
    if (!session) return {};
    const { protocol, cipherSuite, group, roundTrips, forwardSecrecy, postQuantum } = session;
    return { protocol, cipherSuite, group, roundTrips, forwardSecrecy, postQuantum };
  }
}

@ObjectType('Observation', { description: 'What one real handshake showed.' })
export class ObservationType extends SessionFields {
  @Field(() => ID, { description: '`obs_…`.' }) id!: string;
  @Field({ description: 'When it was begun.' }) at!: Date;
  @Field(() => OccasionEnum, { description: 'Why it was made.' }) occasion!: Occasion;
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field(() => String, { nullable: true, description: 'The name that was asked for (SNI).' }) name?: string;
  @Field({ description: 'Did it prove what it had to?' }) proven!: boolean;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why not.' }) problem?: ProblemDetail;
  @Field(() => [ObservedStepType], { description: 'The steps that were reached, in order.' }) steps!: ObservedStepType[];
  @Field(() => String, { nullable: true, description: 'SHA-256 of the leaf that was shown.' }) fingerprint?: string;

  static from({ id, at, occasion, observation, problem, fingerprint }: SeenHandshake): ObservationType {
    const { target, steps, session } = observation;
    return Object.assign(new ObservationType(), {
      ...{ id, occasion, fingerprint, at: toDate(at), proven: problem === undefined },
      ...{ address: target.address, port: target.port, name: target.servername },
      steps: steps.map((step) => Object.assign(new ObservedStepType(), step)),
      ...SessionFields.fieldsOf(session),
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}
