import { Field, ObjectType } from '@nestjs/graphql';
import { toAmount, type Money } from '../values/money.js';

@ObjectType('Money', { description: 'An exact amount. Text, since a number in JSON may be rounded on its way.' })
export class MoneyType {
  @Field({ description: 'With as many digits after the point as the currency has: `8.00`.' }) amount!: string;
  @Field({ description: 'ISO 4217: `USD`.' }) currency!: string;

  static from(money: Money): MoneyType {
    return Object.assign(new MoneyType(), { amount: toAmount(money), currency: money.currency });
  }
}
