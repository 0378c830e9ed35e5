/** The document of `hostseal check --json`, as docs/check.schema.json has it: everything that was seen, and what it comes to. */
import type { AddressCheck, ShownCertificate, SiteCheck } from '../../cores/tls/check/site-check.js';
import { tell } from '../../cores/tls/diagnosis/catalogue.js';
import type { Diagnosis } from '../../cores/tls/diagnosis/diagnosis.js';
import type { Observation } from '../../cores/tls/observation.js';
import { timestampsWith } from '../../cores/tls/timestamps/shown-timestamps.js';
import { versionName, versionNameOf } from '../../cores/tls/registry/versions.js';
import { STEP_TITLES } from '../../cores/tls/step-details.js';
import { toIso } from '../../values/instant.js';
import { told } from '../told-problem.js';
import { answerOr, certificateDocument, httpDocument, namelessDocument } from './answer-documents.js';
import type { CheckResult } from './lines.js';
import { EXIT_OF } from './verdict.js';

export function checkDocument({ evidence, findings, verdict }: CheckResult): object {
  const { check, now } = evidence;
  const { addresses } = check;
  return {
    verdict,
    exitCode: EXIT_OF[verdict],
    name: check.name ?? null,
    port: check.port,
    startTls: check.startTls ?? null,
    at: toIso(check.at),
    judgedAt: toIso(now),
    tookMs: check.tookMs,
    connections: check.connections,
    leftOut: check.leftOut,
    problem: addresses.ok ? null : told(addresses.problem),
    findings: findings.map(findingDocument),
    addresses: addressesOf(check).map(addressDocument),
  };
}

const addressesOf = ({ addresses }: SiteCheck): readonly AddressCheck[] => (addresses.ok ? addresses.value : []);

const findingDocument = ({ cause, severity, whoActs, where, evidence, alsoSeen, ...rest }: Diagnosis): object => {
  const { title, explanation, remedy } = tell({ cause, whoActs, where, evidence, ...rest });
  return { cause, title, severity, whoActs, explanation, remedy, where, evidence, alsoSeen };
};

function addressDocument(place: AddressCheck): object {
  const {
    address,
    port,
    brief = false,
    baseline,
    handshakes,
    versions,
    signatureAlgorithms = [],
    certificates,
    resumption,
    tolerates,
    http,
  } = place;
  return {
    ...{ address, port, brief },
    handshake: handshakeDocument(baseline),
    handshakes: handshakes.map(handshakeDocument),
    versions: versions.map(({ version, supported, suites }) => ({
      version: versionName(version),
      supported: answerOr(supported),
      suites: answerOr(suites, ({ names, preference, finiteFieldBits = null }) => ({ names, preference, finiteFieldBits })),
    })),
    groups: answerOr(place.groups),
    signatureAlgorithms: signatureAlgorithms.map(({ version, names }) => ({ version: versionName(version), names: answerOr(names) })),
    certificates: certificates.map(shownDocument),
    withoutName: answerOr(place.withoutName, namelessDocument),
    wrongName: answerOr(place.wrongName, namelessDocument),
    alpn: answerOr(place.alpn),
    resumption: { sessionId: answerOr(resumption.sessionId), ticket: answerOr(resumption.ticket), psk: answerOr(resumption.psk) },
    earlyData: answerOr(place.earlyData),
    extendedMasterSecret: answerOr(place.extendedMasterSecret),
    encryptThenMac: answerOr(place.encryptThenMac),
    secureRenegotiation: answerOr(place.secureRenegotiation),
    fallbackScsv: answerOr(place.fallbackScsv),
    compression: answerOr(place.compression),
    clientCertificate: answerOr(place.clientCertificate),
    tolerates: Object.fromEntries(Object.entries(tolerates).map(([kind, answer]) => [kind, answerOr(answer)])),
    http: http === undefined ? null : { overTls: answerOr(http.overTls, httpDocument), plain: answerOr(http.plain, httpDocument) },
    connections: place.connections,
  };
}

function handshakeDocument(observation: Observation): object {
  const { session, failure, steps } = observation;
  return {
    version: session ? versionNameOf(session.protocol) : null,
    cipherSuite: session?.cipherSuite ?? null,
    group: session?.group ?? null,
    alpn: session?.alpn ?? null,
    roundTrips: session?.roundTrips ?? null,
    forwardSecrecy: session?.forwardSecrecy ?? null,
    postQuantum: session?.postQuantum ?? null,
    steps: steps.map(({ step, afterMs, detail, sent = null, answered = null }) => {
      return { step, title: STEP_TITLES[step], afterMs, sentence: detail, sent, answered };
    }),
    failure: failure ? told(failure) : null,
  };
}

const shownDocument = (shown: ShownCertificate): object => ({
  versions: shown.versions.map(versionName),
  chain: shown.chain.map(certificateDocument),
  stapled: shown.staple !== undefined,
  timestamps: shown.timestamps !== undefined,
  timestampLists: timestampsWith(shown).map(({ source, list }) => ({
    source,
    malformed: list.ok ? null : list.problem,
    timestamps: list.ok ? list.value.timestamps.map(({ logId, at }) => ({ log: logId, at: toIso(at) })) : [],
  })),
});
