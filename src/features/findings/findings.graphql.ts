import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { tell, titleOf } from '../../cores/tls/diagnosis/catalogue.js';
import {
  CAUSES,
  REPAIRS,
  SEVERITIES,
  WHO_ACTS,
  type Cause,
  type Diagnosis,
  type Repair,
  type Severity,
  type WhoActs,
} from '../../cores/tls/diagnosis/diagnosis.js';
import { Connection } from '../../graphql/connection.js';
import { toDate } from '../../values/instant.js';
import type { Alarm } from './alarm.js';
import type { Finding } from './finding.js';

const CauseEnum = Object.fromEntries(CAUSES.map((cause) => [cause, cause])) as Record<Cause, Cause>;
registerEnumType(CauseEnum, {
  name: 'FindingCause',
  description: 'What is wrong; `title` and `explanation` of a diagnosis say it.',
  valuesMap: Object.fromEntries(CAUSES.map((cause) => [cause, { description: `${titleOf(cause)}.` }])),
});
const SeverityEnum = Object.fromEntries(SEVERITIES.map((severity) => [severity, severity])) as Record<Severity, Severity>;
registerEnumType(SeverityEnum, {
  name: 'Severity',
  description: 'How bad a finding is.',
  valuesMap: {
    BROKEN: { description: 'Visitors are turned away, or cannot be safe.' },
    WEAK: { description: 'It works, and should not be left so.' },
    UNKNOWN: { description: 'It could not be found out. Never counts as fine.' },
    NOTE: { description: 'Worth knowing; nothing to mend.' },
  },
});
const ResponsibleEnum = Object.fromEntries(WHO_ACTS.map((who) => [who, who])) as Record<WhoActs, WhoActs>;
registerEnumType(ResponsibleEnum, {
  name: 'Responsible',
  description: 'Who has to mend what was found.',
  valuesMap: {
    CUSTOMER: { description: 'Whoever runs the site and its name.' },
    RESELLER: { description: 'The reseller.' },
    ADMIN: { description: 'An administrator of the server or the platform.' },
    CA: { description: 'The certificate authority.' },
    CDN: { description: 'Whoever runs the network in front of the site.' },
  },
});
export const RepairKindEnum = Object.fromEntries(REPAIRS.map((repair) => [repair, repair])) as Record<Repair, Repair>;
registerEnumType(RepairKindEnum, {
  name: 'RepairKind',
  description: 'What `repairFinding` can do about a finding.',
  valuesMap: {
    COMPLETE_CHAIN: { description: 'Install the certificate again, with the intermediates that are missing.' },
    ORDER_CHAIN: { description: 'Install the certificate again, with its chain in order.' },
    REINSTALL: { description: 'Install again what is bound.' },
    REBIND: { description: 'Bind the newest certificate of the site that covers the name, and install it.' },
    REISSUE: { description: 'Order another certificate in the place of this one.' },
    RESTORE_DEFAULT: { description: 'Lay down again what the server shows to those who name no site.' },
    RELOAD: { description: 'Have the server read its files again.' },
  },
});

@ObjectType({ description: 'Where something was seen.' })
export class SeenPlace {
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
}

@ObjectType({ description: 'One fact that a diagnosis rests on.' })
class EvidenceFact {
  @Field({ description: 'What it is: `notAfter`, `shown`, `alert`.' }) name!: string;
  @Field({ description: 'As it was seen.' }) value!: string;
}

@ObjectType('Diagnosis', { description: 'What is wrong, what it rests on, and who can mend it.' })
export class DiagnosisType {
  @Field(() => CauseEnum, { description: 'The cause.' }) cause!: Cause;
  @Field(() => SeverityEnum, { description: 'How bad it is.' }) severity!: Severity;
  @Field({ description: 'The cause in a few words.' }) title!: string;
  @Field({ description: 'What it means, for a customer.' }) explanation!: string;
  @Field({ description: 'What to do now.' }) remedy!: string;
  @Field(() => ResponsibleEnum, { description: 'Who has to do it.' }) whoActs!: WhoActs;
  @Field(() => RepairKindEnum, { nullable: true, description: 'What `repairFinding` can do about it. Null: nothing.' }) repair?: Repair;
  @Field({ description: 'Can the panel mend it?' }) repairable!: boolean;
  @Field(() => [SeenPlace], { description: 'Where it was seen. Empty: it is about the name.' }) where!: SeenPlace[];
  @Field(() => [EvidenceFact], { description: 'What it rests on.' }) evidence!: EvidenceFact[];
  @Field(() => [CauseEnum], { description: 'Weaker causes that this one explains.' }) alsoSeen!: Cause[];

  static from(diagnosis: Diagnosis): DiagnosisType {
    const { cause, severity, whoActs, repair, where, evidence, alsoSeen } = diagnosis;
    return Object.assign(new DiagnosisType(), {
      ...{ cause, severity, whoActs, repair, repairable: repair !== undefined, alsoSeen: [...alsoSeen] },
      ...tell(diagnosis),
      where: where.map((place) => Object.assign(new SeenPlace(), place)),
      evidence: Object.entries(evidence).map(([name, value]) => Object.assign(new EvidenceFact(), { name, value: String(value) })),
    });
  }
}

@ObjectType('Finding', { description: 'Something that is wrong with a name of a site, from the first check that showed it to the last.' })
export class FindingType {
  @Field(() => ID, { description: '`fnd_…`.' }) id!: string;
  @Field(() => ID, { description: 'Whose site it is.' }) accountId!: string;
  @Field(() => ID, { description: 'The site.' }) siteId!: string;
  @Field({ description: 'The name of the site that was checked.' }) name!: string;
  @Field(() => DiagnosisType, { description: 'As the newest check that showed it saw it.' }) diagnosis!: DiagnosisType;
  @Field({ description: 'When it was seen first.' }) firstSeenAt!: Date;
  @Field({ description: 'When it was seen last.' }) lastSeenAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When a check no longer showed it. Null: it is open.' }) resolvedAt?: Date;

  static from({ id, accountId, siteId, name, diagnosis, firstSeenAt, lastSeenAt, resolvedAt }: Finding): FindingType {
    return Object.assign(new FindingType(), {
      ...{ id, accountId, siteId, name, diagnosis: DiagnosisType.from(diagnosis) },
      ...{ firstSeenAt: toDate(firstSeenAt), lastSeenAt: toDate(lastSeenAt) },
      ...(resolvedAt !== undefined && { resolvedAt: toDate(resolvedAt) }),
    });
  }
}

@ObjectType('Alarm', {
  description: 'A site that was fine and is not. One for each story: what else breaks before it ends belongs to it.',
})
export class AlarmType {
  @Field(() => ID, { description: '`alm_…`.' }) id!: string;
  @Field(() => ID, { description: 'Whose site it is.' }) accountId!: string;
  @Field(() => ID, { description: 'The site.' }) siteId!: string;
  @Field({ description: 'The name where it was seen first.' }) name!: string;
  @Field(() => DiagnosisType, { description: 'What began it.' }) diagnosis!: DiagnosisType;
  @Field({ description: 'When it was raised.' }) raisedAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When nothing of the site was broken any more. Null: it goes on.' }) endedAt?: Date;

  static from({ id, accountId, siteId, name, diagnosis, raisedAt, endedAt }: Alarm): AlarmType {
    return Object.assign(new AlarmType(), {
      ...{ id, accountId, siteId, name, diagnosis: DiagnosisType.from(diagnosis), raisedAt: toDate(raisedAt) },
      ...(endedAt !== undefined && { endedAt: toDate(endedAt) }),
    });
  }
}

@ObjectType({ description: 'A page of findings.' })
export class FindingConnection extends Connection(FindingType, 'Finding') {}
@ObjectType({ description: 'A page of alarms.' })
export class AlarmConnection extends Connection(AlarmType, 'Alarm') {}

@InputType('FindingFilter', { description: 'Which findings to show: those to which all applies that is given.' })
export class FindingFilterType {
  @Field(() => ID, { nullable: true, description: 'Of this site.' }) siteId?: string | null;
  @Field(() => [SeverityEnum], { nullable: true, description: 'As bad as one of these.' }) severities?: Severity[] | null;
  @Field(() => [CauseEnum], { nullable: true, description: 'With one of these causes.' }) causes?: Cause[] | null;
  @Field(() => [ResponsibleEnum], { nullable: true, description: 'To be mended by one of these.' }) whoActs?: WhoActs[] | null;
  @Field(() => Boolean, { nullable: true, description: 'True: those that are open. False: those that are over.' }) open?: boolean | null;
}
