/** The edge's own judgement of a certificate before it may be served: what nginx would say with `-t`, and the mistakes that nginx does not see. */
import { createSecureContext } from 'node:tls';
import type { CertificateName } from '../../../../values/hostname.js';
import type { Instant } from '../../../../values/instant.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { checkCertificate } from '../../certificate-check.js';
import type { CertificateFiles } from '../../installer.js';
import { TLS_SETTINGS } from './tls-settings.js';

/** SERVER_CONFIG_REFUSED with the first thing that is wrong. */
export function checkServable(files: CertificateFiles, name: CertificateName, now: Instant): Result<void> {
  const refuse = (detail: string): Result<void> => err(problem('SERVER_CONFIG_REFUSED', { detail: `${name}: ${detail}` }));
  const checked = checkCertificate(files, name, now);
  if (!checked.ok) return refuse(checked.problem);
  try {
    createSecureContext({ ...TLS_SETTINGS, ca: [], cert: files.chain, key: files.key.revealText() });
  } catch (error) {
    return refuse(`OpenSSL refuses it (${error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'})`);
  }
  return ok(undefined);
}
