import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { toDate } from '../../values/instant.js';
import { certificateIdsOf, type Binding } from './binding.js';

@ObjectType('Binding', { description: 'Which certificate shall answer at an address and port for a name (SNI, RFC 6066 3).' })
export class BindingType {
  @Field(() => ID, { description: '`bnd_…`.' }) id!: string;
  @Field(() => ID, { description: 'The site whose name it is.' }) siteId!: string;
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field({ description: 'As DNS has it, with international labels in their `xn--` form.' }) name!: string;
  @Field(() => Date, {
    nullable: true,
    description: 'Set while its certificate could not be proven there: the next try. Until then what was served before stays.',
  })
  retryAt?: Date;
  certificateId!: string;
  certificateIds!: readonly string[];

  static from(binding: Binding): BindingType {
    const { id, siteId, ip, port, name, certificateId, refused } = binding;
    const certificateIds = certificateIdsOf(binding);
    const retryAt = refused?.certificateId === certificateId ? { retryAt: toDate(refused.retryAt) } : {};
    return Object.assign(new BindingType(), { id, siteId, address: ip, port, name, certificateId, certificateIds, ...retryAt });
  }
}

@ObjectType({ description: 'A page of bindings.' })
export class BindingConnection extends Connection(BindingType, 'Binding') {}
