import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { MoneyType } from '../../graphql/money.graphql.js';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { isByQuote, VALIDATION_LEVELS, type OfferedProduct, type ValidationLevel } from './product.js';

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
  @Field(() => String, { nullable: true, description: 'The CA that signs now: `local-ca`. Null where the quote names it.' })
  issuerId?: string;
  @Field({ description: 'An administrator, or the shipped list, chose the CA. Else it is the default issuer of the platform.' })
  issuerPinned!: boolean;
  @Field(() => MoneyType, { nullable: true, description: 'Per year. Null where it is sold by quote.' }) price?: MoneyType;
  @Field({ description: 'The price depends on the case: ask for a quote before you order.' }) byQuote!: boolean;

  static from(product: OfferedProduct): ProductType {
    const { id, code, title, level, issuerId, price } = product;
    const optional = { ...(issuerId !== undefined && { issuerId }), ...(price && { price: MoneyType.from(price) }) };
    const derived = { issuerPinned: product.pinnedTo !== undefined, byQuote: isByQuote(product) };
    return Object.assign(new ProductType(), { id, code, title, level, ...optional, ...derived });
  }
}

@ObjectType('Issuer', { description: 'A CA that signs for this platform.' })
export class IssuerType {
  @Field({ description: 'What products and orders call it: `local-ca`, `acme-letsencrypt`.' }) id!: string;
  @Field({ description: 'For people.' }) title!: string;
  @Field(() => [ValidationLevelEnum], { description: 'What it can check.' }) levels!: ValidationLevel[];
  @Field({ description: 'Whether it signs names behind `*.` here.' }) wildcards!: boolean;
  @Field({ description: 'It signs every product that no other issuer was chosen for.' }) isDefault!: boolean;
}

@InputType({ description: 'Who shall sign a product.' })
export class SetProductIssuerInput {
  @Field({ description: 'Code of the product: `dv`.' }) product!: string;
  @Field(() => String, { nullable: true, description: 'Id of an issuer. Null: the default issuer of the platform, whichever it is then.' })
  issuerId?: string | null;
}

@ObjectType({ description: 'It is chosen, for orders from now on.' })
export class SetProductIssuerSuccess {
  @Field(() => ProductType, { description: 'The product.' }) product!: ProductType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const SetProductIssuerResult = resultUnion('SetProductIssuerResult', SetProductIssuerSuccess);
