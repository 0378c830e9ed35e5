/** Everything that is told from a check: all causes are asked, and what they find is put into few stories, the strongest first. */
import { readCaseInSteps, type Rule } from './case.js';
import { certificateUnusable } from './causes/certificate/certificate-unusable.js';
import { chainIncomplete } from './causes/certificate/chain-incomplete.js';
import { chainOutOfOrder } from './causes/certificate/chain-out-of-order.js';
import { expired } from './causes/certificate/expired.js';
import { expiresSoon } from './causes/certificate/expires-soon.js';
import { hostnameMismatch } from './causes/certificate/hostname-mismatch.js';
import { intercepted } from './causes/certificate/intercepted.js';
import { notLogged } from './causes/certificate/not-logged.js';
import { notYetValid } from './causes/certificate/not-yet-valid.js';
import { revoked } from './causes/certificate/revoked.js';
import { selfSigned } from './causes/certificate/self-signed.js';
import { stapleWrong } from './causes/certificate/staple-wrong.js';
import { timestampsWrong } from './causes/certificate/timestamps-wrong.js';
import { untrustedCa } from './causes/certificate/untrusted-ca.js';
import { weakKeys } from './causes/certificate/weak-key.js';
import { weakSignature } from './causes/certificate/weak-signature.js';
import { cipherMismatch } from './causes/connection/cipher-mismatch.js';
import { clientCertificateDemanded } from './causes/connection/client-certificate-demanded.js';
import { connectionRefused } from './causes/connection/connection-refused.js';
import { connectionReset } from './causes/connection/connection-reset.js';
import { connectionTimedOut } from './causes/connection/connection-timed-out.js';
import { couldNotFindOut } from './causes/connection/could-not-find-out.js';
import { extensionIntolerant } from './causes/tolerance/extension-intolerant.js';
import { greaseIntolerant } from './causes/tolerance/grease-intolerant.js';
import { handshakeRefused } from './causes/connection/handshake-refused.js';
import { handshakeTooLong } from './causes/connection/handshake-too-long.js';
import { handshakeAltered } from './causes/connection/handshake-altered.js';
import { keyMismatch } from './causes/connection/key-mismatch.js';
import { longHelloIntolerant } from './causes/tolerance/long-hello-intolerant.js';
import { nameDoesNotResolve } from './causes/connection/name-does-not-resolve.js';
import { nameUnknown } from './causes/connection/name-unknown.js';
import { notTls } from './causes/connection/not-tls.js';
import { oneVersionFails } from './causes/tolerance/one-version-fails.js';
import { otherProtocol } from './causes/connection/other-protocol.js';
import { plainHttpOnTlsPort } from './causes/connection/plain-http-on-tls-port.js';
import { protocolMismatch } from './causes/connection/protocol-mismatch.js';
import { starttlsRefused } from './causes/connection/starttls-refused.js';
import { versionIntolerant } from './causes/tolerance/version-intolerant.js';
import { addressesDiffer } from './causes/name/addresses-differ.js';
import { anotherTenantsCertificate } from './causes/name/another-tenants-certificate.js';
import { sniIgnored } from './causes/name/sni-ignored.js';
import { sniMissing } from './causes/name/sni-missing.js';
import { wrongCertificate } from './causes/name/wrong-certificate.js';
import { compression } from './causes/policy/compression.js';
import { earlyData } from './causes/policy/early-data.js';
import { fallbackNotRefused } from './causes/policy/fallback-not-refused.js';
import { noForwardSecrecy } from './causes/policy/no-forward-secrecy.js';
import { noTls13 } from './causes/policy/no-tls13.js';
import { renegotiationInsecure } from './causes/policy/renegotiation-insecure.js';
import { smallDhGroup } from './causes/policy/small-dh-group.js';
import { weakCipherSuite } from './causes/policy/weak-cipher-suite.js';
import { weakHandshakeSignature } from './causes/policy/weak-handshake-signature.js';
import { weakProtocol } from './causes/policy/weak-protocol.js';
import { hstsMalformed } from './causes/web/hsts-malformed.js';
import { hstsMissing } from './causes/web/hsts-missing.js';
import { hstsShort } from './causes/web/hsts-short.js';
import { noRedirect } from './causes/web/no-redirect.js';
import { ourClockWrong } from './causes/web/our-clock-wrong.js';
import { serverClockWrong } from './causes/web/server-clock-wrong.js';
import type { Diagnosis, Evidence } from './diagnosis.js';
import { rank } from './rank.js';
import { inOneGo } from './steps.js';

const RULES: readonly Rule[] = [
  addressesDiffer,
  anotherTenantsCertificate,
  certificateUnusable,
  chainIncomplete,
  chainOutOfOrder,
  cipherMismatch,
  clientCertificateDemanded,
  compression,
  connectionRefused,
  connectionReset,
  connectionTimedOut,
  couldNotFindOut,
  earlyData,
  expired,
  expiresSoon,
  extensionIntolerant,
  fallbackNotRefused,
  greaseIntolerant,
  handshakeRefused,
  handshakeTooLong,
  hostnameMismatch,
  hstsMalformed,
  hstsMissing,
  hstsShort,
  intercepted,
  handshakeAltered,
  keyMismatch,
  longHelloIntolerant,
  nameDoesNotResolve,
  nameUnknown,
  noForwardSecrecy,
  noRedirect,
  noTls13,
  notLogged,
  notTls,
  notYetValid,
  oneVersionFails,
  otherProtocol,
  ourClockWrong,
  plainHttpOnTlsPort,
  protocolMismatch,
  renegotiationInsecure,
  revoked,
  selfSigned,
  serverClockWrong,
  smallDhGroup,
  sniIgnored,
  sniMissing,
  stapleWrong,
  starttlsRefused,
  timestampsWrong,
  untrustedCa,
  versionIntolerant,
  weakCipherSuite,
  weakHandshakeSignature,
  weakProtocol,
  weakSignature,
  wrongCertificate,
];

/** Strongest first; none where all is fine. The same evidence always gives the same answer, and it never throws. */
export function diagnose(evidence: Evidence): readonly Diagnosis[] {
  return inOneGo(diagnoseInSteps(evidence));
}

/** The same in steps of some tens of milliseconds at the most: strangers' chains can take a second in all. */
export function* diagnoseInSteps(evidence: Evidence): Generator<void, readonly Diagnosis[]> {
  const c = yield* readCaseInSteps(evidence);
  const found: Diagnosis[] = yield* weakKeys(c);
  for (const rule of RULES) {
    found.push(...rule(c));
    yield;
  }
  return rank(found);
}
