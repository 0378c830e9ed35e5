import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../cores/pki/encoding/key-algorithm.js';
import { Connection } from '../../graphql/connection.js';
import { MoneyType } from '../../graphql/money.graphql.js';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { ORDER_STATES, waitingFor, type Order, type OrderEvent, type OrderState, type WaitingFor } from './order.js';

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
registerEnumType(WaitingForEnum, {
  name: 'WaitingFor',
  description: 'Who must act now.',
  valuesMap: {
    CUSTOMER: { description: 'Whoever runs the name: it does not lead here, or plain HTTP does not.' },
    RESELLER: { description: 'The reseller: it has to be approved.' },
    CA: { description: 'The certificate authority checks or signs.' },
    HOSTSEAL: { description: 'We do the next step.' },
    NOBODY: { description: 'It is settled.' },
  },
});
export const KeyAlgorithmEnum = Object.fromEntries(KEY_ALGORITHMS.map((name) => [name, name])) as Record<KeyAlgorithm, KeyAlgorithm>;
registerEnumType(KeyAlgorithmEnum, {
  name: 'KeyAlgorithm',
  description: 'Kind of the key of a certificate.',
  valuesMap: {
    ECDSA_P256: { description: 'Small, quick, and understood by every current client.' },
    ECDSA_P384: { description: 'A larger curve, for rules that ask for it.' },
    RSA_2048: { description: 'For clients that do not know ECDSA.' },
    RSA_3072: { description: 'RSA of 128 bits of strength; handshakes cost more.' },
    RSA_4096: { description: 'RSA, larger still; handshakes cost several times as much as with RSA_2048.' },
  },
});
export const EventPhaseEnum = { INTENT: 'INTENT', DONE: 'DONE', FAILED: 'FAILED' } as const satisfies Record<
  OrderEvent['phase'],
  OrderEvent['phase']
>;
registerEnumType(EventPhaseEnum, {
  name: 'EventPhase',
  description: 'How far a step of the timeline is.',
  valuesMap: {
    INTENT: { description: 'About to be done.' },
    DONE: { description: 'Done.' },
    FAILED: { description: 'Tried in vain.' },
  },
});

@ObjectType('OrderEvent', { description: 'A line of the timeline of an order.' })
export class OrderEventType {
  @Field({ description: 'When.' }) at!: Date;
  @Field({ description: 'What: `startAtCa`, `present`, `finalize`, …' }) step!: string;
  @Field(() => EventPhaseEnum, { description: 'How far it is.' }) phase!: OrderEvent['phase'];
  @Field({ description: 'Why, or with what outcome; for a person.' }) because!: string;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it was in vain.' }) problem?: ProblemDetail;

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
  @Field(() => ID, { description: '`ord_…`.' }) id!: string;
  @Field(() => ID, { description: 'Whose order it is.' }) accountId!: string;
  @Field(() => ID, { description: 'The site that it is for.' }) siteId!: string;
  @Field(() => OrderStateEnum, { description: 'Where it is.' }) state!: OrderState;
  @Field(() => WaitingForEnum, { description: 'Who must act now.' }) waitingFor!: WaitingFor;
  @Field(() => [String], { description: 'The names of the certificate, as A-labels.' }) names!: string[];
  @Field({ description: 'The CA that signs: `local-ca`.' }) issuerId!: string;
  @Field(() => KeyAlgorithmEnum, { description: 'Kind of the key.' }) keyAlgorithm!: KeyAlgorithm;
  @Field({ description: 'Its certificate comes beside what the site shows, as the other of an RSA and an ECDSA pair.' }) beside!: boolean;
  @Field(() => MoneyType, { description: 'The price a year when it was placed.' }) price!: MoneyType;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it failed, or why the last try did.' }) problem?: ProblemDetail;
  @Field({ description: 'When it was placed.' }) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When it is looked at next. Null where it is settled.' }) nextStepAt?: Date;
  @Field({ description: 'It fails if it is not done by then.' }) deadline!: Date;
  @Field(() => Date, { nullable: true, description: 'When it was settled.' }) finishedAt?: Date;
  productId!: string;
  certificateId?: string;
  replacesId?: string;

  static from(order: Order): OrderType {
    const {
      id,
      accountId,
      siteId,
      productId,
      state,
      names,
      issuerId,
      keyAlgorithm,
      beside,
      price,
      problem,
      certificateId,
      replacesId,
      finishedAt,
    } = order;
    return Object.assign(new OrderType(), {
      ...{ id, accountId, siteId, productId, state, issuerId, keyAlgorithm, beside, certificateId, replacesId },
      waitingFor: waitingFor(order),
      names: [...names],
      price: MoneyType.from(price),
      createdAt: toDate(order.createdAt),
      deadline: toDate(order.deadline),
      ...(problem && { problem: toDetail(problem) }),
      ...(finishedAt === undefined ? { nextStepAt: toDate(order.wakeAt) } : { finishedAt: toDate(finishedAt) }),
    });
  }
}

@ObjectType({ description: 'A page of orders.' })
export class OrderConnection extends Connection(OrderType, 'Order') {}

@InputType('OrderFilter', { description: 'Which orders to show: those to which all applies that is given.' })
export class OrderFilterType {
  @Field(() => [OrderStateEnum], { nullable: true, description: 'In one of these states.' }) states?: OrderState[] | null;
  @Field(() => ID, { nullable: true, description: 'For this site.' }) siteId?: string | null;
  @Field(() => String, { nullable: true, description: 'For this name of a certificate, just as it was ordered; in either form of IDN.' })
  name?: string | null;
}

@InputType('PlaceOrderInput', { description: 'The certificate to order.' })
export class PlaceOrderInputType {
  @Field(() => ID, { description: 'The site that it is for; it is installed there.' }) siteId!: string;
  @Field(() => String, { nullable: true, description: 'Code of a product of the price list; by default `dv`.' }) product?: string | null;
  @Field(() => [String], {
    nullable: true,
    description:
      'By default all names of the site. A wildcard has to stand for one of them, and what it stands for has to be within a domain of the account. At most 100, each counted once.',
  })
  names?: string[] | null;
  @Field(() => KeyAlgorithmEnum, { nullable: true, description: 'By default ECDSA_P256.' }) keyAlgorithm?: KeyAlgorithm | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'By default false: its certificate takes the place of what the site shows. True: where that has a key of the other family (RSA, ECDSA), both are shown, and each client gets what it can check.',
  })
  beside?: boolean | null;
}

@InputType('RenewCertificateInput', { description: 'The certificate to renew.' })
export class RenewCertificateInputType {
  @Field(() => ID, { description: 'The certificate. It may be expired or revoked.' }) certificateId!: string;
}

@ObjectType({ description: 'It is placed, and goes on by itself.' })
export class PlaceOrderSuccess {
  @Field(() => OrderType, { description: 'The order.' }) order!: OrderType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType({ description: 'The order in its place is placed, and goes on by itself.' })
export class RenewCertificateSuccess {
  @Field(() => OrderType, { description: 'The order.' }) order!: OrderType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType({ description: 'It is ended.' })
export class CancelOrderSuccess {
  @Field(() => OrderType, { description: 'The order.' }) order!: OrderType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const PlaceOrderResult = resultUnion('PlaceOrderResult', PlaceOrderSuccess);
export const RenewCertificateResult = resultUnion('RenewCertificateResult', RenewCertificateSuccess);
export const CancelOrderResult = resultUnion('CancelOrderResult', CancelOrderSuccess);
