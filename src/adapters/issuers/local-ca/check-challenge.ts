/** The look at a name's web server (CA/B BR 3.2.2.4.18): is the agreed file there? */
import { messageOf } from '../../../values/problems/catalogue.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { lookAtFile, urlOf } from '../../network/http/http-file.js';
import type { HttpClient } from '../../network/http/https.js';
import { fileOf, type ChallengeRecord } from './order-record.js';

/** A server that takes longer is tried again later. */
const TIMEOUT_MS = 5_000;

/** Undefined where control of the name was shown; VALIDATION_FAILED otherwise, with the cause below it. */
export async function checkChallenge(challenge: ChallengeRecord, port: number, http: HttpClient): Promise<Problem | undefined> {
  const file = fileOf(challenge);
  const cause = await lookAtFile(http, file, { port, timeoutMs: TIMEOUT_MS });
  if (cause === undefined) return undefined;
  const facts = { url: urlOf(file, port).href, name: challenge.name, detail: messageOf(cause).replace(/\.$/, '') };
  return problem('VALIDATION_FAILED', facts, { subject: challenge.name, sub: [cause] });
}
