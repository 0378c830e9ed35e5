import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { AddressCheck } from '../../cores/tls/check/site-check.js';
import { versionName } from '../../cores/tls/registry/versions.js';
import { Connection } from '../../graphql/connection.js';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import {
  CheckedHandshake,
  ClientCertificateAnswer,
  FeatureAnswer,
  featuresOf,
  HttpAnswerType,
  NamelessAnswerType,
  NamesAnswer,
  ShownCertificateType,
  VersionAnswer,
} from './check-facts.graphql.js';
import { CHECK_OCCASIONS, CHECK_STATES, stateOf, type CheckOccasion, type CheckState, type KeptCheck } from './kept-check.js';

const CheckStateEnum = Object.fromEntries(CHECK_STATES.map((state) => [state, state])) as Record<CheckState, CheckState>;
registerEnumType(CheckStateEnum, {
  name: 'CheckState',
  description: 'Where a check is.',
  valuesMap: {
    WAITING: { description: 'It begins in a moment.' },
    RUNNING: { description: 'Connections are made.' },
    DONE: { description: 'What it found is kept, and its findings with it.' },
    FAILED: { description: 'It came to nothing, or what was kept of it cannot be read any more; `problem` says why.' },
  },
});
const CheckOccasionEnum = Object.fromEntries(CHECK_OCCASIONS.map((occasion) => [occasion, occasion])) as Record<
  CheckOccasion,
  CheckOccasion
>;
registerEnumType(CheckOccasionEnum, {
  name: 'CheckOccasion',
  description: 'Why a check was made.',
  valuesMap: {
    ASKED: { description: 'Somebody asked for it.' },
    SCHEDULED: { description: 'Once a day.' },
    CHANGED: { description: 'What the site is served with was changed.' },
    SUSPECTED: { description: 'A handshake showed something else than the one before.' },
    REPAIRED: { description: 'To prove a repair.' },
  },
});

@ObjectType({ description: 'Connections that a check made, of those that it may make.' })
export class Connections {
  @Field(() => Int, { description: 'Made.' }) used!: number;
  @Field(() => Int, { description: 'Never more.' }) budget!: number;
}

@ObjectType({ description: 'The signature algorithms of one version.' })
class SignatureAlgorithms {
  @Field({ description: '`TLS 1.3`.' }) version!: string;
  @Field(() => NamesAnswer, { description: 'IANA names.' }) algorithms!: NamesAnswer;
}

@ObjectType('AddressFacts', {
  description: 'What a check found at one address. A fact that is null was not asked: something before it makes it pointless.',
})
class AddressFactsType {
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field(() => Int, { description: 'Connections that were made.' }) connections!: number;
  @Field(() => CheckedHandshake, { description: 'As a browser of today makes it.' }) baseline!: CheckedHandshake;
  @Field({
    description:
      'Was it looked at briefly, since the budget of the site was not enough for all its addresses? The newest handshakes, and what is shown without the name.',
  })
  brief!: boolean;
  @Field({ description: 'Was only a client answered that named no site? Then all that follows was asked by such a one.' })
  nameLeftOut!: boolean;
  @Field(() => [CheckedHandshake], { description: 'The same with one version alone, to be read side by side.' })
  handshakes!: CheckedHandshake[];
  @Field(() => [VersionAnswer], { description: 'Versions, and their cipher suites.' }) versions!: VersionAnswer[];
  @Field(() => NamesAnswer, { nullable: true, description: 'Key exchange groups.' }) groups?: NamesAnswer;
  @Field(() => [SignatureAlgorithms], { description: 'What the server signs with, by version.' })
  signatureAlgorithms!: SignatureAlgorithms[];
  @Field(() => [ShownCertificateType], { description: 'Each other certificate once.' }) certificates!: ShownCertificateType[];
  @Field(() => NamelessAnswerType, { nullable: true, description: 'To a client that names no site.' }) withoutName?: NamelessAnswerType;
  @Field(() => NamelessAnswerType, { nullable: true, description: 'To a client that names a site which is not there.' })
  wrongName?: NamelessAnswerType;
  @Field(() => NamesAnswer, { nullable: true, description: 'Of `h2` and `http/1.1`.' }) alpn?: NamesAnswer;
  @Field(() => [FeatureAnswer], { description: 'Those that were asked for.' }) features!: FeatureAnswer[];
  @Field(() => ClientCertificateAnswer, { nullable: true, description: 'Does it ask for a certificate of the client?' })
  clientCertificate?: ClientCertificateAnswer;
  @Field(() => HttpAnswerType, { nullable: true, description: '`GET /` over TLS.' }) https?: HttpAnswerType;
  @Field(() => HttpAnswerType, { nullable: true, description: '`GET /` over plain HTTP.' }) plainHttp?: HttpAnswerType;

  static from(check: AddressCheck): AddressFactsType {
    const { address, port, connections, groups, withoutName, wrongName, alpn, clientCertificate, http } = check;
    return Object.assign(new AddressFactsType(), {
      ...{
        address,
        port,
        connections,
        brief: check.brief === true,
        nameLeftOut: check.nameLeftOut === true,
        features: featuresOf(check),
        versions: check.versions.map(VersionAnswer.from),
      },
      ...{ baseline: CheckedHandshake.from(check.baseline), handshakes: check.handshakes.map(CheckedHandshake.from) },
      certificates: check.certificates.map(ShownCertificateType.from),
      signatureAlgorithms: (check.signatureAlgorithms ?? []).map(({ version, names }) => ({
        version: versionName(version),
        algorithms: NamesAnswer.from(names),
      })),
      ...(groups && { groups: NamesAnswer.from(groups) }),
      ...(alpn && { alpn: NamesAnswer.from(alpn) }),
      ...(withoutName && { withoutName: NamelessAnswerType.from(withoutName) }),
      ...(wrongName && { wrongName: NamelessAnswerType.from(wrongName) }),
      ...(clientCertificate && { clientCertificate: ClientCertificateAnswer.from(clientCertificate) }),
      ...(http?.overTls && { https: HttpAnswerType.from(http.overTls) }),
      ...(http?.plain && { plainHttp: HttpAnswerType.from(http.plain) }),
    });
  }
}

@ObjectType('Check', { description: 'A full check of one name of a site: what its servers can do, on every address.' })
export class CheckType {
  @Field(() => ID, { description: '`chk_…`.' }) id!: string;
  @Field(() => ID, { description: 'The site.' }) siteId!: string;
  @Field({ description: 'The name of the site that is checked.' }) name!: string;
  @Field(() => CheckOccasionEnum, { description: 'Why.' }) occasion!: CheckOccasion;
  @Field(() => CheckStateEnum, { description: 'Where it is.' }) state!: CheckState;
  @Field({ description: 'When it was asked for.' }) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When it was begun.' }) startedAt?: Date;
  @Field(() => Date, { nullable: true, description: 'When it ended.' }) finishedAt?: Date;
  @Field(() => Float, { nullable: true, description: 'Milliseconds of work.' }) tookMs?: number;
  @Field(() => Connections, { nullable: true, description: 'So far, and in the end. Null: not begun.' }) connections?: Connections;
  @Field(() => String, { nullable: true, description: 'What is being asked now. Null where it has ended.' }) topic?: string;
  @Field(() => [AddressFactsType], { description: 'What was found, by address. Empty until it is done.' }) addresses!: AddressFactsType[];
  @Field(() => [String], { description: 'Addresses of the name that were left out: too many, or such that may not be dialled.' })
  leftOut!: string[];
  @Field(() => ProblemDetail, { nullable: true, description: 'Why no address is known, or why the check came to nothing.' })
  problem?: ProblemDetail;

  static from(check: KeptCheck): CheckType {
    const { id, siteId, name, occasion, createdAt, startedAt, finishedAt, progress, found } = check;
    const problem = found && !found.addresses.ok ? found.addresses.problem : check.problem;
    return Object.assign(new CheckType(), {
      ...{ id, siteId, name, occasion, state: stateOf(check), createdAt: toDate(createdAt) },
      ...(startedAt !== undefined && { startedAt: toDate(startedAt) }),
      ...(finishedAt !== undefined && { finishedAt: toDate(finishedAt) }),
      ...(finishedAt === undefined && progress && { topic: progress.topic }),
      ...((found ?? progress) && { connections: found?.connections ?? progress }),
      ...(found && { tookMs: found.tookMs }),
      addresses: found?.addresses.ok ? found.addresses.value.map(AddressFactsType.from) : [],
      leftOut: [...(found?.leftOut ?? [])],
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}

@ObjectType({ description: 'A page of checks.' })
export class CheckConnection extends Connection(CheckType, 'Check') {}

@ObjectType({ description: 'A worker makes it within moments. One that waits for the name already is shared.' })
export class StartCheckSuccess {
  @Field(() => CheckType, { description: 'The check of the main name.' }) check!: CheckType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const StartCheckResult = resultUnion('StartCheckResult', StartCheckSuccess);
