/** What a person sees when Hostseal has started: the handshake that proved the panel, step by step, and how to call the API. */
import type { SeenHandshake } from './features/observations/seen-handshake.js';
import { STEP_TITLES } from './cores/tls/step-details.js';
import { readCertificate } from './cores/pki/certificate.js';
import { endpointText } from './values/ip-address.js';
import { toText } from './values/instant.js';

export function describeHandshake({ observation, problem }: SeenHandshake): string[] {
  const { target, steps, session } = observation;
  const where = `${target.servername} at ${endpointText(target)}`;
  const lines = steps.map(
    ({ step, afterMs, detail }, index) => `  ${index + 1}. ${STEP_TITLES[step].padEnd(13)} ${afterMs.toFixed(1).padStart(6)} ms  ${detail}`,
  );
  const leaf = session?.chain[0] && readCertificate(session.chain[0]);
  const shown = leaf?.ok
    ? [`     ${leaf.value.names.join(', ')}; serial ${leaf.value.serial}; expires ${toText(leaf.value.notAfter)}`]
    : [];
  return [problem ? `not proven: ${where} (${problem.code})` : `proven: ${where}`, ...lines, ...shown];
}

/** `rootFile`: what the panel's certificate is to be verified with; absent where the public roots do. */
export function describeApi(url: string, tokenFile: string, rootFile: string | undefined): string[] {
  return [
    'Call the API:',
    `  curl${rootFile ? ` --cacert ${rootFile}` : ''} -H "Authorization: Bearer $(cat ${tokenFile})" -H 'Content-Type: application/json' \\`,
    `    -d '{"query":"{ me { id name kind } }"}' ${url}`,
    `The administrator's token is in ${tokenFile}. GraphiQL: open ${url} in a browser.`,
  ];
}
