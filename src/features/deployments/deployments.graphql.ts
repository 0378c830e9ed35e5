import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { HANDSHAKE_STEPS, type HandshakeStep } from '../../cores/tls/observation.js';
import { Connection } from '../../graphql/connection.js';
import { ProblemDetail, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { DEPLOYMENT_STATES, type Deployment, type DeploymentState } from './deployment.js';
import { OCCASIONS, type Occasion, type SeenHandshake } from './seen-handshake.js';

export const DeploymentStateEnum = Object.fromEntries(DEPLOYMENT_STATES.map((state) => [state, state])) as Record<
  DeploymentState,
  DeploymentState
>;
registerEnumType(DeploymentStateEnum, {
  name: 'DeploymentState',
  description: 'Where a change of a server is.',
  valuesMap: {
    PLANNED: { description: 'What differs is known.' },
    STAGED: { description: 'Laid down beside what is served.' },
    REHEARSED: { description: 'Tested by the server, and by handshakes that only we can make.' },
    APPLIED: { description: 'Swapped in; not proven yet.' },
    UNDOING: { description: 'Being taken back.' },
    SERVED: { description: 'Proven by real handshakes.' },
    REFUSED: { description: 'The server did not take it; nothing was changed.' },
    UNDONE: { description: 'Taken back; the old state is proven.' },
    STUCK: { description: 'The old state could not be proven: somebody has to look at the server.' },
  },
});
export const OccasionEnum = Object.fromEntries(OCCASIONS.map((occasion) => [occasion, occasion])) as Record<Occasion, Occasion>;
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
export const HandshakeStepEnum = Object.fromEntries(HANDSHAKE_STEPS.map((step) => [step, step])) as Record<HandshakeStep, HandshakeStep>;
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
  @Field({ description: 'What was seen in it, for a person.' }) detail!: string;
}

@ObjectType('Observation', { description: 'What one real handshake showed.' })
export class ObservationType {
  @Field(() => ID, { description: '`obs_…`.' }) id!: string;
  @Field({ description: 'When it was begun.' }) at!: Date;
  @Field(() => OccasionEnum, { description: 'Why it was made.' }) occasion!: Occasion;
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field(() => String, { nullable: true, description: 'The name that was asked for (SNI).' }) name?: string;
  @Field({ description: 'Did it prove what it had to?' }) proven!: boolean;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why not.' }) problem?: ProblemDetail;
  @Field(() => [ObservedStepType], { description: 'The steps that were reached, in order.' }) steps!: ObservedStepType[];
  @Field(() => String, { nullable: true, description: '`TLSv1.3`.' }) protocol?: string;
  @Field(() => String, { nullable: true, description: 'IANA name.' }) cipherSuite?: string;
  @Field(() => String, { nullable: true, description: 'Key exchange group, IANA name.' }) group?: string;
  @Field(() => String, { nullable: true, description: 'SHA-256 of the leaf that was shown.' }) fingerprint?: string;

  static from({ id, at, occasion, observation, problem, fingerprint }: SeenHandshake): ObservationType {
    const { target, steps, session } = observation;
    return Object.assign(new ObservationType(), {
      ...{ id, occasion, fingerprint, at: toDate(at), proven: problem === undefined },
      ...{ address: target.address, port: target.port, name: target.servername },
      steps: steps.map((step) => Object.assign(new ObservedStepType(), step)),
      ...{ protocol: session?.protocol, cipherSuite: session?.cipherSuite, group: session?.group },
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}

@ObjectType('DeploymentEvent', { description: 'A line of the timeline of a deployment.' })
export class DeploymentEventType {
  @Field({ description: 'When.' }) at!: Date;
  @Field({ description: 'What: `plan`, `stage`, `rehearse`, `apply`, `prove` or `undo`.' }) step!: string;
  @Field({ description: 'Why, or with what outcome; for a person.' }) because!: string;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it was in vain.' }) problem?: ProblemDetail;
}

@ObjectType('Deployment', { description: 'A change of a server: staged, rehearsed, applied and proven, or undone.' })
export class DeploymentType {
  @Field(() => ID, { description: '`dep_…`.' }) id!: string;
  @Field(() => ID, { description: 'The server that is changed.' }) serverId!: string;
  @Field(() => DeploymentStateEnum, { description: 'Where it is.' }) state!: DeploymentState;
  @Field(() => Int, { nullable: true, description: "The server's number for the change." }) generation?: number;
  @Field(() => [String], { description: 'The names that change.' }) names!: string[];
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it was refused or undone; `sub` names each binding.' })
  problem?: ProblemDetail;
  @Field({ description: 'When it was planned.' }) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'Null while it is under way.' }) finishedAt?: Date;

  static from({ id, serverId, state, generation, changes, problem, createdAt, finishedAt }: Deployment): DeploymentType {
    const names = [...new Set(changes.map((change) => change.name))];
    const times = { createdAt: toDate(createdAt), ...(finishedAt !== undefined && { finishedAt: toDate(finishedAt) }) };
    return Object.assign(new DeploymentType(), {
      id,
      serverId,
      state,
      generation,
      names,
      ...times,
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}

@ObjectType({ description: 'A page of deployments.' })
export class DeploymentConnection extends Connection(DeploymentType, 'Deployment') {}
