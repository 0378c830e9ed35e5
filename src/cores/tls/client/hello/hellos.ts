/** The two ClientHellos that an offer can take, with the binder of a PSK. */
import type { ServerHello } from '../../codec/server-hello.js';
import { finishedMac, KeySchedule } from '../../protection/key-schedule.js';
import { suiteParameters } from '../../registry/suite-parameters.js';
import { type Binder, firstHello, type RetryAnswer, secondHello, type SentHello } from './client-hello.js';
import type { ClientOffer } from '../client-offer.js';
import type { ClientTools } from '../client-tools.js';
import type { HelloTemplate } from './hello-template.js';
import { Transcript } from '../../protection/transcript.js';

export interface Hellos {
  first(): SentHello;
  /** `transcript`: up to the HelloRetryRequest. */
  again(first: SentHello, answer: RetryAnswer, request: ServerHello, transcript: Transcript): SentHello;
}

/** `template`: of this offer, but for the name. */
export function hellosOf(offer: ClientOffer, tools: ClientTools, template?: HelloTemplate): Hellos {
  return {
    first: () => template?.hello(offer) ?? firstHello(offer, tools, binderOf(offer, new Transcript())),
    again(first, answer, request, transcript) {
      // A key of another hash than the suite's is offered no more (RFC 8446 4.1.4).
      const psk = offer.resume?.kind === 'PSK' ? offer.resume : undefined;
      const fits = psk && suiteParameters(psk.cipherSuite).hash === suiteParameters(request.cipherSuite).hash;
      return secondHello(first, answer, fits ? binderOf(offer, transcript) : undefined);
    },
  };
}

/** RFC 8446 4.2.11.2. `before`: what the transcript holds ahead of the message. */
function binderOf({ resume }: ClientOffer, before: Transcript): Binder | undefined {
  if (resume?.kind !== 'PSK') return undefined;
  const { hash } = suiteParameters(resume.cipherSuite);
  const binderKey = new KeySchedule(hash, resume.preSharedKey).derive('res binder');
  return (truncated) => finishedMac(hash, binderKey, before.digestWith(hash, truncated));
}
