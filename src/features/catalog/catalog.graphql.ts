import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { MoneyType } from '../../graphql/money.graphql.js';
import { isByQuote, VALIDATION_LEVELS, type Product, type ValidationLevel } from './product.js';

export const ValidationLevelEnum = Object.fromEntries(VALIDATION_LEVELS.map((level) => [level, level])) as Record<
  ValidationLevel,
  ValidationLevel
>;
registerEnumType(ValidationLevelEnum, {
  name: 'ValidationLevel',
  description: 'What the CA checks before it signs.',
  valuesMap: {
    DV: { description: 'Domain validated: control of every name. By machine, in minutes.' },
    OV: { description: 'Organization validated: also that the organization exists and asked for it. By people, in days.' },
    EV: { description: 'Extended validation: also who acts for the organization, by the strictest rules. By people, in days.' },
  },
});

@ObjectType('Product', { description: 'Something that can be ordered.' })
export class ProductType {
  @Field(() => ID, { description: '`prd_…`.' }) id!: string;
  @Field({ description: 'What it is ordered by: `dv`.' }) code!: string;
  @Field({ description: 'For people.' }) title!: string;
  @Field(() => ValidationLevelEnum, { description: 'What the CA checks before it signs.' }) level!: ValidationLevel;
  @Field(() => String, { nullable: true, description: 'The CA that signs: `local-ca`. Null where the quote names it.' }) issuerId?: string;
  @Field(() => MoneyType, { nullable: true, description: 'Per year. Null where it is sold by quote.' }) price?: MoneyType;
  @Field({ description: 'The price depends on the case: ask for a quote before you order.' }) byQuote!: boolean;

  static from(product: Product): ProductType {
    const { id, code, title, level, issuerId, price } = product;
    const optional = { ...(issuerId !== '' && { issuerId }), ...(price && { price: MoneyType.from(price) }) };
    return Object.assign(new ProductType(), { id, code, title, level, ...optional, byQuote: isByQuote(product) });
  }
}
