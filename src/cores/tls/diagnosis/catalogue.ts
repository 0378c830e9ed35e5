/**
 * What each cause means, in words for a customer, and what to do now. Sentences are made here and nowhere else; `{fact}` is filled from the
 * evidence, `{places}` from where it was seen.
 */
import { parseInstant, toText } from '../../../values/instant.js';
import { endpointText } from '../../../values/ip-address.js';
import type { Cause, Diagnosis, WhoActs } from './diagnosis.js';

type Entry = {
  readonly title: string;
  readonly explanation: string;
  /** One for all, or one for each who may have to act. */
  readonly remedy: string | Readonly<Partial<Record<WhoActs, string>>>;
};
export type ToldDiagnosis = { readonly title: string; readonly explanation: string; readonly remedy: string };

/** One or two plain sentences each. Facts may hold strangers' words: whoever shows them makes them harmless. */
export function tell(diagnosis: Pick<Diagnosis, 'cause' | 'whoActs' | 'where' | 'evidence'>): ToldDiagnosis {
  const { title, explanation, remedy } = DIAGNOSES[diagnosis.cause];
  const text = typeof remedy === 'string' ? remedy : (remedy[diagnosis.whoActs] ?? Object.values(remedy)[0]!);
  return { title, explanation: fill(explanation, diagnosis), remedy: fill(text, diagnosis) };
}

export const titleOf = (cause: Cause): string => DIAGNOSES[cause].title;

function fill(template: string, { where, evidence }: Pick<Diagnosis, 'where' | 'evidence'>): string {
  const [first, ...others] = where.map(endpointText);
  const places = first === undefined ? 'The server' : others.length === 0 ? first : `${first} and ${others.length} more`;
  return template.replace(/\{(\w+)\}/g, (_, fact: string) => (fact === 'places' ? places : factText(evidence[fact] ?? '?')));
}

/** Evidence has times in RFC 3339, for programs. */
function factText(fact: string | number | boolean): string {
  const at = parseInstant(String(fact));
  return at.ok ? toText(at.value) : String(fact);
}

export const DIAGNOSES: Readonly<Record<Cause, Entry>> = {
  ADDRESSES_DIFFER: {
    title: 'The addresses of the name differ',
    explanation: '{which} ({places}) the site is not as it is at {right}: {difference}. Which one a visitor meets is chance.',
    remedy: {
      ADMIN:
        'Bring that server to the state of the others: certificate, settings, and listening on IPv4 and IPv6 alike; or take its address out of DNS.',
      CUSTOMER: 'Correct the A and AAAA records of {name}: one of them leads to a server of somebody else.',
      CDN: 'Put the certificate into the CDN, or take the address that is not its own out of DNS.',
    },
  },
  ANOTHER_TENANTS_CERTIFICATE: {
    title: "Another customer's certificate",
    explanation: 'Asked {asked}, {places} shows a certificate that belongs to another customer (for {covered}).',
    remedy: 'Bind the right certificate to {name}, or give the server back its neutral default certificate.',
  },
  CERTIFICATE_UNUSABLE: {
    title: 'Certificate that no browser accepts',
    explanation: 'The certificate at {places} breaks a rule that every browser checks. {reason}',
    remedy: 'Order a new certificate, and install it with the chain that comes with it.',
  },
  CHAIN_INCOMPLETE: {
    title: 'Intermediate certificate missing',
    explanation:
      'The server sends the certificate without what links it to its authority ({missing}). Some browsers find it by themselves; phones and programs do not.',
    remedy: "Install the certificate with its intermediate, as the CA's download has it (often called fullchain).",
  },
  CHAIN_OUT_OF_ORDER: {
    title: 'Chain in the wrong order',
    explanation: 'The certificates of the chain come in the wrong order ({order}). Browsers of today sort them; older programs give up.',
    remedy: 'Put the certificate first, then each issuer below the one that it signed, without the root.',
  },
  CIPHER_MISMATCH: {
    title: 'No cipher in common',
    explanation: 'Server and browser find no way to encrypt that both know. The server has: {suites}.',
    remedy:
      "Allow the suites of Mozilla's intermediate profile on the server (ECDHE with AES-GCM or ChaCha20), and check that its certificate's key fits them.",
  },
  CLIENT_CERTIFICATE_DEMANDED: {
    title: 'Visitors are asked for a certificate',
    explanation: '{places} asks each visitor for a certificate of their own, and {how}.',
    remedy: 'If the site is for everybody, switch off client certificates (mutual TLS) for it; if not, give your visitors theirs.',
  },
  COMPRESSION: {
    title: 'TLS compression is on',
    explanation: 'The server compresses inside TLS. From the lengths an attacker can find out secrets such as cookies (CRIME).',
    remedy: 'Switch TLS compression off.',
  },
  CONNECTION_REFUSED: {
    title: 'Connection refused',
    explanation: 'Nothing answers at {places}: the machine refuses the connection.',
    remedy:
      'Start the server, let it listen on port {port} of this address, and check that the firewall does not reject it; or take the address out of DNS.',
  },
  CONNECTION_RESET: {
    title: 'Connection cut',
    explanation: '{places} takes the connection and cuts it when encryption is to begin, without saying why ({detail}).',
    remedy: "Read the server's log; look at firewalls, proxies and protection services in front of it.",
  },
  CONNECTION_TIMED_OUT: {
    title: 'No answer',
    explanation: '{places} did not answer within {limit} ms: {after}.',
    remedy: 'Check that the server runs and is not overloaded, and that firewalls let port {port} through; or take the address out of DNS.',
  },
  COULD_NOT_FIND_OUT: {
    title: 'Could not be found out',
    explanation: 'Not known: {what}. {why}',
    remedy: 'Check again later. What is not known is not counted as fine.',
  },
  EARLY_DATA: {
    title: 'Early data is taken (0-RTT)',
    explanation: 'The server takes data in the first flight. That is faster, and such requests can be recorded and sent again by others.',
    remedy: 'Keep it on only if the application refuses repeated requests (RFC 8470, status 425).',
  },
  EXPIRED: {
    title: 'Certificate expired',
    explanation: 'The {part} ended on {notAfter}. Browsers warn everybody away.',
    remedy: {
      ADMIN: 'Renew the certificate, install it with its chain and reload the server; then find out why it was not renewed in time.',
      CA: 'Ask the CA for a chain that holds, and install it.',
    },
  },
  EXPIRES_SOON: {
    title: 'Certificate expires soon',
    explanation: 'The certificate ends on {notAfter}, in {daysLeft} days, and was not renewed yet.',
    remedy: 'Renew it now, and look why that does not happen by itself.',
  },
  EXTENSION_INTOLERANT: {
    title: 'Stumbles over unknown extensions',
    explanation: 'A greeting with {hello} is not answered. Chrome sends such a one, so its users do not get in.',
    remedy: 'Update the server, or the load balancer or firewall in front of it.',
  },
  FALLBACK_NOT_REFUSED: {
    title: 'Fallback is not refused',
    explanation: 'Somebody in between can make an old client fall back to {version}, and the server does not notice.',
    remedy: 'Switch off {version} and what is older, or update the TLS library (TLS_FALLBACK_SCSV).',
  },
  GREASE_INTOLERANT: {
    title: 'Stumbles over GREASE',
    explanation: 'A greeting with {hello} is not answered. Chrome sends such a one, so its users do not get in.',
    remedy: 'Update the server, or the load balancer or firewall in front of it.',
  },
  HANDSHAKE_ALTERED: {
    title: 'Altered on the way',
    explanation: 'The handshake does not hold together ({detail}), so browsers break it off.',
    remedy:
      'Look for a device between the visitors and the server that changes traffic (firewall, proxy, load balancer); then update the server.',
  },
  HANDSHAKE_REFUSED: {
    title: 'Handshake refused',
    explanation: '{places} ends the handshake with the alert {alert}: {meaning}.',
    remedy: "Read the server's log at the time of the check; it names the reason.",
  },
  HANDSHAKE_TOO_LONG: {
    title: 'Handshake too long for clients',
    explanation: '{places} speaks TLS, but sends more in its handshake than clients read: {detail}. They break it off.',
    remedy: 'Install a certificate for fewer names (several certificates, one for each site), with its chain and nothing else.',
  },
  HOSTNAME_MISMATCH: {
    title: 'Certificate for another name',
    explanation: 'The certificate is for {covered}, not for {name}. Browsers warn everybody away.',
    remedy: {
      ADMIN: 'Install a certificate that names {name}, and check that this site, not the default one, answers for it.',
      CUSTOMER: 'The name leads to a server that does not know it: correct its A, AAAA or CNAME record.',
    },
  },
  HSTS_MALFORMED: {
    title: 'HSTS header is not valid',
    explanation: 'Browsers ignore the Strict-Transport-Security header or a part of it: {detail}.',
    remedy: 'Send exactly one header of the form "max-age=31536000; includeSubDomains".',
  },
  HSTS_MISSING: {
    title: 'No HSTS',
    explanation: 'The site does not tell browsers to come by HTTPS only ({found}), so the first request of a visit may go in clear.',
    remedy: 'Send "Strict-Transport-Security: max-age=31536000" once all of the site works over HTTPS.',
  },
  HSTS_SHORT: {
    title: 'HSTS is forgotten soon',
    explanation: 'Browsers remember only for {maxAge} seconds to come by HTTPS; half a year (15552000) is the least that is of use.',
    remedy: 'Raise max-age step by step.',
  },
  INTERCEPTED: {
    title: 'Somebody in between opens the connection',
    explanation:
      'The certificate was made by {issuer}, which is not the CA of this site: a firewall, virus scanner or proxy on the way reads along.',
    remedy: 'Check from another network. If only this one shows it, ask its administrator to exempt the site from inspection.',
  },
  KEY_MISMATCH: {
    title: 'Key does not match the certificate',
    explanation: 'The server could not prove that the certificate is its own ({detail}).',
    remedy: 'Install the certificate together with the very key that it was ordered with.',
  },
  LONG_HELLO_INTOLERANT: {
    title: 'Stumbles over an unusual greeting',
    explanation: 'A greeting {hello} is not answered, though the standard allows it.',
    remedy: 'Update the server, or the load balancer or firewall in front of it.',
  },
  NAME_DOES_NOT_RESOLVE: {
    title: 'Name without an address',
    explanation: 'DNS has no address for {name}, so nobody finds the site.',
    remedy: 'Add an A or AAAA record, or correct the name servers of the domain.',
  },
  NAME_UNKNOWN: {
    title: 'Server does not know the name',
    explanation: '{places} turns {name} away: {answer}.',
    remedy: 'Set the site up on this server, or point the name to the server that has it.',
  },
  NOT_LOGGED: {
    title: 'Not in Certificate Transparency',
    explanation:
      'The certificate of {issuer} carries {proof}, where {needed} different ones have to vouch for it. Chrome, Safari and Firefox refuse it.',
    remedy: 'Have the CA issue it again with embedded timestamps.',
  },
  NOT_TLS: {
    title: 'No TLS as it should be',
    explanation: '{places} answers with something that no browser takes for TLS ({detail}).',
    remedy: 'Check which service listens on port {port}, that TLS is switched on for it, and that its TLS library is up to date.',
  },
  NOT_YET_VALID: {
    title: 'Certificate not valid yet',
    explanation: 'The {part} holds from {notBefore} on. Until then browsers warn everybody away.',
    remedy: {
      ADMIN: 'Install the certificate from before, or wait; check the clocks of the server and of this machine.',
      CA: 'Ask the CA for a chain that holds now.',
    },
  },
  NO_FORWARD_SECRECY: {
    title: 'No forward secrecy',
    explanation: "With {versions} the same key protects all connections: whoever gets the server's key can read what was recorded before.",
    remedy: 'Allow suites with ECDHE, and put them first.',
  },
  NO_REDIRECT: {
    title: 'No redirect to HTTPS',
    explanation: 'Who types the name alone comes in clear: port 80 answers with {leads} (status {status}).',
    remedy: 'Redirect all of port 80 to https:// of the same name, with status 301 or 308.',
  },
  NO_TLS13: {
    title: 'No TLS 1.3',
    explanation: 'The newest version here is {version}. TLS 1.3 is faster, and the only one with protection against quantum computers.',
    remedy: 'Switch on TLS 1.3; it needs OpenSSL 1.1.1 or later.',
  },
  OTHER_PROTOCOL: {
    title: 'Another protocol on this port',
    explanation: 'The server speaks another protocol here ("{greeting}"), and begins TLS only when it is asked to, if at all.',
    remedy: 'Check it with --starttls, or use the port on which TLS begins at once (465, 993, 995).',
  },
  OUR_CLOCK_WRONG: {
    title: 'The clock of this machine is behind',
    explanation: 'The clock here says {ours}, the server says {theirs}, and the certificate, of {notBefore}, agrees with the server.',
    remedy: 'Set the clock of this machine (NTP), then check again.',
  },
  PLAIN_HTTP_ON_TLS_PORT: {
    title: 'Plain HTTP on the TLS port',
    explanation: '{places} answers without any encryption on a port for HTTPS.',
    remedy: 'Switch on TLS for port {port} ("listen {port} ssl" in nginx, "SSLEngine on" in Apache).',
  },
  PROTOCOL_MISMATCH: {
    title: 'Only outdated TLS versions',
    explanation: 'Browsers of today speak TLS 1.2 and 1.3; the server has: {versions}.',
    remedy: 'Allow TLS 1.2 and TLS 1.3 on the server, and update its TLS library where it has none of them.',
  },
  RENEGOTIATION_INSECURE: {
    title: 'Insecure renegotiation',
    explanation: "The server does not support secure renegotiation, so somebody in between can put requests before a visitor's.",
    remedy: 'Update the TLS library (RFC 5746 is of 2010), or switch TLS 1.2 and older off.',
  },
  REVOKED: {
    title: 'Certificate revoked',
    explanation: 'The CA has taken back the {part} "{subject}". Browsers that ask refuse it.',
    remedy: {
      ADMIN: 'Order a new certificate with a new key, install it, and find out why the old one was revoked.',
      CA: 'Ask the CA for another chain, and install that.',
    },
  },
  SELF_SIGNED: {
    title: 'Self-signed certificate',
    explanation: 'The server made its certificate ("{subject}") by itself; no authority stands behind it. Browsers warn everybody away.',
    remedy: 'Order a certificate from a public CA, and install it.',
  },
  SERVER_CLOCK_WRONG: {
    title: "The server's clock is wrong",
    explanation: 'The clock of {places} is {by} {direction}.',
    remedy: 'Set the clock of the server (NTP).',
  },
  SMALL_DH_GROUP: {
    title: 'Diffie-Hellman group too small',
    explanation: 'Keys are made in a group of {bits} bits; with fewer than 2048 they can be computed by others (Logjam).',
    remedy: 'Use a group of 2048 bits or more, or ECDHE alone.',
  },
  SNI_IGNORED: {
    title: 'The default certificate instead of the right one',
    explanation:
      'The server shows its default certificate (for {covered}), as to every name that it does not know. For {name} nothing is set up there.',
    remedy: "Bind the certificate to the name in the server's configuration, and reload it.",
  },
  SNI_MISSING: {
    title: 'Clients that name no site',
    explanation: 'To a client that does not say which site it wants, {places} answers with {answer}.',
    remedy: {
      CUSTOMER: 'Check it with a name (--sni); such a server has no site for those who give none.',
      ADMIN: 'Give the server back its neutral default certificate.',
    },
  },
  STAPLE_WRONG: {
    title: 'OCSP staple of no use',
    explanation: 'The server sends a statement of the CA on its certificate that does not hold: {detail}.',
    remedy: 'Look why the server does not fetch a new one (its log, its way to {issuer}), or switch stapling off.',
  },
  STARTTLS_REFUSED: {
    title: 'STARTTLS is refused',
    explanation: '{places} does not begin TLS when it is asked to: {detail}.',
    remedy: 'Switch on STARTTLS, and give the mail server its certificate.',
  },
  TIMESTAMPS_WRONG: {
    title: 'Timestamps of logs that do not hold',
    explanation:
      'Of the signed certificate timestamps {source}, not all are what they should be: {detail}. Browsers leave such ones out of account.',
    remedy: {
      CA: 'Have the CA issue the certificate again; if the time is said to be in the future, check the clock of this machine first.',
      ADMIN: 'Take the timestamps out of the configuration of the server, where the certificate brings its own, or fetch them anew.',
    },
  },
  UNTRUSTED_CA: {
    title: 'Untrusted authority',
    explanation: 'The certificate was signed by an authority that browsers do not know ({root}).',
    remedy: 'Order one from a public CA; for a private CA, give its root to every client.',
  },
  VERSION_INTOLERANT: {
    title: 'Stumbles over new versions',
    explanation: 'A greeting with {hello} is not answered, though the server only has to choose an older one.',
    remedy: 'Update the server, or the load balancer or firewall in front of it.',
  },
  WEAK_CIPHER_SUITE: {
    title: 'Weak ciphers',
    explanation: 'The server still takes ciphers that can be broken ({kinds}): {suites}.',
    remedy: "Allow only the suites of Mozilla's intermediate profile.",
  },
  WEAK_HANDSHAKE_SIGNATURE: {
    title: 'Handshake signed with a weak hash',
    explanation: 'In TLS 1.2 the server {how} {algorithms}, which can be forged (RFC 9155). Chrome and Safari do not offer it any more.',
    remedy:
      'Allow signatures with SHA-256 or better only (in OpenSSL: a security level of 1 or more), and update the TLS library; or switch TLS 1.2 off.',
  },
  WEAK_KEY: {
    title: 'Weak key',
    explanation: 'The key of "{subject}" can be computed by others: {weakness}.',
    remedy: {
      ADMIN: 'Make a new key (ECDSA P-256, or RSA of 2048 bits), and order a certificate for it.',
      CA: 'Order a certificate from a CA with sound keys.',
    },
  },
  WEAK_PROTOCOL: {
    title: 'Outdated TLS versions',
    explanation: 'The server still takes {versions}, which must not be used any more (RFC 8996).',
    remedy: 'Allow TLS 1.2 and TLS 1.3 only.',
  },
  WEAK_SIGNATURE: {
    title: 'Weak signature',
    explanation: '"{subject}" is signed with {algorithm}, which can be forged. Browsers refuse it.',
    remedy: { ADMIN: 'Order a new certificate; every CA of today signs with SHA-256 or better.', CA: 'Ask the CA for another chain.' },
  },
  WRONG_CERTIFICATE: {
    title: 'Not the certificate that is installed',
    explanation: '{places} shows a certificate for {name}, but not the one that is installed there.',
    remedy: {
      ADMIN: 'Reload the server; if it still shows the old one, install the certificate again.',
      CDN: 'Nothing, if the certificate of the CDN is meant to be seen; otherwise put yours into the CDN.',
    },
  },
};
