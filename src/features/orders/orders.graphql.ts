import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../cores/pki/key-algorithm.js';
import { Connection } from '../../graphql/connection.js';
import { MoneyType } from '../../graphql/money.graphql.js';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import type { OrderEvent, OrderEventPhase } from './order-event.js';
import { ORDER_STATES, waitingFor, type Order, type OrderState, type WaitingFor } from './order.js';

export const OrderStateEnum = Object.fromEntries(ORDER_STATES.map((state) => [state, state])) as Record<OrderState, OrderState>;
registerEnumType(OrderStateEnum, {
  name: 'OrderState',
  description: 'Where an order is. ISSUED, FAILED, REJECTED, CANCELLED, REVOKED and EXPIRED are settled.',
  valuesMap: {
    PLACED: { description: 'Taken; the CA does not know it yet.' },
    AWAITING_APPROVAL: { description: 'The reseller has to approve it.' },
    VALIDATING: { description: 'The CA checks control of the names.' },
    VETTING: { description: 'The CA checks the organisation.' },
    ISSUING: { description: 'The CA signs.' },
    ISSUED: { description: 'The certificate is there, checked by us, and handed on to be installed.' },
    FAILED: { description: 'It did not work; `problem` says why.' },
    REJECTED: { description: 'The CA refused; `problem` has its words.' },
    CANCELLED: { description: 'Ended by the account.' },
    REVOKED: { description: 'Its certificate was revoked.' },
    EXPIRED: { description: 'Its certificate has expired.' },
  },
});
export const WaitingForEnum = {
  CUSTOMER: 'CUSTOMER',
  RESELLER: 'RESELLER',
  CA: 'CA',
  HOSTSEAL: 'HOSTSEAL',
  NOBODY: 'NOBODY',
} as const satisfies Record<WaitingFor, WaitingFor>;
registerEnumType(WaitingForEnum, { name: 'WaitingFor', description: 'Who must act now.' });
export const KeyAlgorithmEnum = Object.fromEntries(KEY_ALGORITHMS.map((name) => [name, name])) as Record<KeyAlgorithm, KeyAlgorithm>;
registerEnumType(KeyAlgorithmEnum, {
  name: 'KeyAlgorithm',
  description: 'Kind of the key. ECDSA_P256 is small, quick and understood by every current client.',
});
export const EventPhaseEnum = { INTENT: 'INTENT', DONE: 'DONE', FAILED: 'FAILED' } as const satisfies Record<
  OrderEventPhase,
  OrderEventPhase
>;
registerEnumType(EventPhaseEnum, { name: 'EventPhase', description: 'About to be done, done, or tried in vain.' });

@ObjectType('OrderEvent', { description: 'A line of the timeline of an order.' })
export class OrderEventType {
  @Field() at!: Date;
  @Field({ description: 'What: `startAtCa`, `present`, `finalize`, …' }) step!: string;
  @Field(() => EventPhaseEnum) phase!: OrderEventPhase;
  @Field({ description: 'For a person.' }) because!: string;
  @Field(() => ProblemDetail, { nullable: true }) problem?: ProblemDetail;

  static from(event: OrderEvent): OrderEventType {
    const { step, phase, because, problem } = event;
    return Object.assign(new OrderEventType(), {
      at: toDate(event.at),
      step,
      phase,
      because,
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}

@ObjectType('Order', { description: 'An order for a certificate, from its placing to its end.' })
export class OrderType {
  @Field(() => ID) id!: string;
  @Field(() => ID) accountId!: string;
  @Field(() => ID) siteId!: string;
  @Field(() => OrderStateEnum) state!: OrderState;
  @Field(() => WaitingForEnum) waitingFor!: WaitingFor;
  @Field(() => [String], { description: 'The names of the certificate, as A-labels.' }) names!: string[];
  @Field({ description: 'The issuer that has it: `local-ca`.' }) issuer!: string;
  @Field(() => KeyAlgorithmEnum) keyAlgorithm!: KeyAlgorithm;
  @Field(() => MoneyType, { description: 'The price a year when it was placed.' }) price!: MoneyType;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it failed, or why the last try did.' }) problem?: ProblemDetail;
  @Field() createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When it is looked at next.' }) nextStepAt?: Date;
  @Field({ description: 'It fails if it is not done by then.' }) deadline!: Date;
  @Field(() => Date, { nullable: true }) finishedAt?: Date;
  certificateId?: string;

  static from(order: Order): OrderType {
    const { id, accountId, siteId, state, names, issuerId, keyAlgorithm, price, problem, certificateId, finishedAt } = order;
    return Object.assign(new OrderType(), {
      ...{ id, accountId, siteId, state, keyAlgorithm, certificateId },
      waitingFor: waitingFor(order),
      names: [...names],
      issuer: issuerId,
      price: MoneyType.from(price),
      createdAt: toDate(order.createdAt),
      deadline: toDate(order.deadline),
      ...(problem && { problem: toDetail(problem) }),
      ...(finishedAt === undefined ? { nextStepAt: toDate(order.wakeAt) } : { finishedAt: toDate(finishedAt) }),
    });
  }
}

@ObjectType()
export class OrderConnection extends Connection(OrderType, 'Order') {}

@InputType('PlaceOrderInput')
export class PlaceOrderInputType {
  @Field(() => ID, { description: 'The site that it is for; it is installed there.' }) siteId!: string;
  @Field(() => String, { nullable: true, description: 'Code of a product of the price list; by default `dv`.' }) product?: string | null;
  @Field(() => [String], { nullable: true, description: 'By default all names of the site. A wildcard has to stand for one of them.' })
  names?: string[] | null;
  @Field(() => KeyAlgorithmEnum, { nullable: true, description: 'By default ECDSA_P256.' }) keyAlgorithm?: KeyAlgorithm | null;
}

@ObjectType()
export class PlaceOrderSuccess {
  @Field(() => OrderType) order!: OrderType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType()
export class CancelOrderSuccess {
  @Field(() => OrderType) order!: OrderType;
  @Field() replayed!: boolean;
}
export const PlaceOrderResult = resultUnion('PlaceOrderResult', PlaceOrderSuccess);
export const CancelOrderResult = resultUnion('CancelOrderResult', CancelOrderSuccess);
