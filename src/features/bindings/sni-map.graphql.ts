import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Address } from '../servers/address.js';
import { AddressType } from '../servers/servers.graphql.js';
import { BindingType } from './bindings.graphql.js';
import {
  SNI_FINDING_CODES,
  SNI_FINDING_KINDS,
  SNI_FINDINGS,
  type SniFinding,
  type SniFindingCode,
  type SniFindingKind,
} from './sni-findings.js';
import { SNI_REASONS, type SniEntry, type SniPlace, type SniReason } from './sni-map.js';
import type { Preview, WhoAnswers } from './sni-maps.service.js';

const enumOf = <T extends string>(values: readonly T[]) => Object.fromEntries(values.map((value) => [value, value])) as Record<T, T>;

const ANSWERS = ['SITE', 'ANOTHER_ACCOUNT', 'NEUTRAL', 'NOTHING'] as const;
const SniAnswerEnum = enumOf(ANSWERS);
registerEnumType(SniAnswerEnum, {
  name: 'SniAnswer',
  description: 'Who shall answer.',
  valuesMap: {
    SITE: { description: 'A site of the caller, or of an account below.' },
    ANOTHER_ACCOUNT: { description: "Another account's site." },
    NEUTRAL: { description: "The server itself, with a certificate that is nobody's." },
    NOTHING: { description: 'Nothing of ours listens there.' },
  },
});
const SniReasonEnum = enumOf(SNI_REASONS);
registerEnumType(SniReasonEnum, {
  name: 'SniReason',
  description: 'Why. An exact name comes before the wildcard for its first label, and that before the neutral certificate.',
  valuesMap: {
    EXACT: { description: 'Just this name is bound.' },
    WILDCARD: { description: 'The wildcard for its first label is bound, and stands for one label.' },
    NO_NAME: { description: 'The client names nothing.' },
    UNKNOWN_NAME: { description: 'Nothing is bound under that name.' },
    NOTHING_HERE: { description: 'The server does not end TLS at that port.' },
  },
});
const SniFindingKindEnum = enumOf(SNI_FINDING_KINDS);
registerEnumType(SniFindingKindEnum, {
  name: 'SniFindingKind',
  description: 'What a finding is about.',
  valuesMap: {
    CONFLICT: { description: 'Two bindings want to answer.' },
    SHADOWED: { description: 'One binding stands in the way of another.' },
    UNCOVERED: { description: 'A name has no binding, or one whose certificate does not hold for it now.' },
    PARITY: { description: 'IPv4 and IPv6 do not show the same.' },
    DEDICATED: { description: 'It is bound where only another account may be.' },
    TENANT: { description: 'A certificate would answer for a name that its account does not hold.' },
  },
});
const SniFindingCodeEnum = enumOf(SNI_FINDING_CODES);
registerEnumType(SniFindingCodeEnum, {
  name: 'SniFindingCode',
  description: 'What was found.',
  valuesMap: {
    CONFLICTING_ACCOUNTS: { description: 'Sites of different accounts have one name at one place.' },
    CONFLICTING_CERTIFICATES: { description: 'One name at one place has different certificates.' },
    EXACT_BEFORE_WILDCARD: {
      description: "An exact binding answers for this name, not the site's wildcard. That is how it shall be; it is good to know.",
    },
    WILDCARD_OF_ANOTHER: { description: 'Where the site itself does not answer, the wildcard of another account does.' },
    NAME_NOT_BOUND: { description: 'The site does not answer for its name at an address of its server.' },
    CERTIFICATE_LACKS_NAME: { description: 'The certificate is for other names.' },
    CERTIFICATE_EXPIRED: { description: 'The certificate is no longer valid.' },
    CERTIFICATE_NOT_YET_VALID: { description: 'The certificate is not valid yet.' },
    ONLY_IPV4: { description: 'Bound at IPv4 addresses alone, of a server that has IPv6 ones too.' },
    ONLY_IPV6: { description: 'Bound at IPv6 addresses alone, of a server that has IPv4 ones too.' },
    DIFFERENT_CERTIFICATES: { description: 'Different certificates at different addresses.' },
    DEDICATED_TO_ANOTHER: { description: 'The address is dedicated to another account.' },
    ANOTHER_TENANTS_NAME: { description: "The certificate's account does not hold the name." },
  },
});

@ObjectType('SniPlace', { description: 'Where a server ends TLS.' })
export class SniPlaceType {
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;

  static from({ ip, port }: SniPlace): SniPlaceType {
    return Object.assign(new SniPlaceType(), { address: ip, port });
  }
}

@ObjectType('SniFinding', { description: 'What is wrong or surprising in an SNI map, about one name of a site.' })
export class SniFindingType {
  @Field(() => SniFindingKindEnum, { description: 'What it is about.' }) kind!: SniFindingKind;
  @Field(() => SniFindingCodeEnum, { description: 'What was found.' }) code!: SniFindingCode;
  @Field(() => ID, { description: 'The site that it concerns.' }) siteId!: string;
  @Field({ description: 'The name, with international labels in their `xn--` form.' }) name!: string;
  @Field(() => [SniPlaceType], { description: 'Where it is so.' }) places!: SniPlaceType[];

  static from({ code, siteId, name, at }: SniFinding): SniFindingType {
    return Object.assign(new SniFindingType(), { kind: SNI_FINDINGS[code], code, siteId, name, places: at.map(SniPlaceType.from) });
  }
}

@ObjectType('SniFindingCount', { description: 'How many findings there are of one kind.' })
export class SniFindingCountType {
  @Field(() => SniFindingKindEnum, { description: 'What they are about.' }) kind!: SniFindingKind;
  @Field(() => Int, { description: 'How many.' }) count!: number;
}

@ObjectType('SniMap', {
  description:
    'Which certificate shall answer at an address, as far as it concerns the caller and the accounts below. For every other name, and for clients ' +
    "that name nothing, the server answers with a certificate that is nobody's, or the site of another account does.",
})
export class SniMapType {
  @Field(() => AddressType, { description: 'The address.' }) address!: AddressType;

  static from(address: Address): SniMapType {
    return Object.assign(new SniMapType(), { address: AddressType.from(address) });
  }
}

@ObjectType('SniCandidate', { description: 'A name under which a binding was looked for.' })
export class SniCandidateType {
  @Field({ description: 'The name itself, or the wildcard for its first label.' }) name!: string;
  @Field({ description: 'Is it bound there?' }) found!: boolean;
}

@ObjectType('WhoAnswers', { description: 'Who shall answer at an address and port for a name, and why.' })
export class WhoAnswersType {
  @Field(() => SniAnswerEnum, { description: 'Who shall answer.' }) answer!: WhoAnswers['answer'];
  @Field(() => SniReasonEnum, { description: 'Why.' }) why!: SniReason;
  @Field(() => [SniCandidateType], {
    description:
      'Under which names a binding was looked for, in that order, up to the one that was found. Of another account nothing is told.',
  })
  considered!: SniCandidateType[];
  @Field(() => BindingType, {
    nullable: true,
    description: 'The binding that answers: its certificate, and the newest handshake there, which shows what does answer.',
  })
  binding?: BindingType;

  static from({ answer, why, considered, binding }: WhoAnswers): WhoAnswersType {
    return Object.assign(new WhoAnswersType(), {
      ...{ answer, why, considered: considered.map((each) => Object.assign(new SniCandidateType(), each)) },
      ...(binding && { binding: BindingType.from(binding) }),
    });
  }
}

@InputType('PreviewBindingsInput', { description: 'The change to look at.' })
export class PreviewBindingsInputType {
  @Field(() => ID, { description: 'The site that it is about.' }) siteId!: string;
  @Field(() => ID, {
    nullable: true,
    description:
      'The certificate that its names shall answer with, wherever it covers them and none that is newer is bound. Without one, the site is taken away.',
  })
  certificateId?: string | null;
}

@ObjectType('SniEntry', { description: 'Which certificate shall answer at an address and port for a name.' })
export class SniEntryType {
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field({ description: 'As DNS has it, with international labels in their `xn--` form.' }) name!: string;
  @Field(() => [ID], { description: 'The certificates: one, or one of each kind of key.' }) certificateIds!: string[];

  static from({ ip, port, name, certificates }: SniEntry): SniEntryType {
    return Object.assign(new SniEntryType(), { address: ip, port, name, certificateIds: certificates.map(({ id }) => id) });
  }
}

@ObjectType('SniEntryChange', { description: 'One name at one place that would be answered otherwise.' })
export class SniEntryChangeType {
  @Field(() => SniEntryType, { description: 'What shall answer now.' }) from!: SniEntryType;
  @Field(() => SniEntryType, { description: 'What would.' }) to!: SniEntryType;
}

@ObjectType('BindingsPreview', { description: "What a change would make of the maps of the site's servers." })
export class BindingsPreviewType {
  @Field(() => [SniEntryType], { description: 'What would answer where nothing of the site does now.' }) added!: SniEntryType[];
  @Field(() => [SniEntryChangeType], { description: 'What would be answered with another certificate.' }) changed!: SniEntryChangeType[];
  @Field(() => [SniEntryType], { description: 'What would answer no more.' }) removed!: SniEntryType[];
  @Field(() => [SniFindingType], { description: 'What would be wrong or surprising and is not now.' }) newFindings!: SniFindingType[];

  static from({ added, changed, removed, newFindings }: Preview): BindingsPreviewType {
    return Object.assign(new BindingsPreviewType(), {
      added: added.map(SniEntryType.from),
      changed: changed.map(({ from, to }) =>
        Object.assign(new SniEntryChangeType(), { from: SniEntryType.from(from), to: SniEntryType.from(to) }),
      ),
      removed: removed.map(SniEntryType.from),
      newFindings: newFindings.map(SniFindingType.from),
    });
  }
}
