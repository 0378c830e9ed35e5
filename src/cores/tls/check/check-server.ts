/**
 * The full check of one server at one address: which questions, in which order. Each is one connection; most show more than they ask, and
 * `Interview` keeps that for the others. Whoever connects bounds it in number and time, and says so in an answer's problem.
 */
import { ok, type Result } from '../../../values/result.js';
import type { Observation } from '../observation.js';
import { EXTENSION } from '../registry/extension-types.js';
import { TLS12, TLS13 } from '../registry/versions.js';
import { readHttpAnswer } from './http-answer.js';
import { ALPN_OF_WEB, askAlpn } from './inquiries/alpn.js';
import { clientCertificateIn } from './inquiries/client-certificate.js';
import { askVersions, type Versions, type WholeHandshake } from './inquiries/versions.js';
import { chose, Interview } from './interview.js';
import { findWay } from './manner.js';
import { browserOffer, type Manner } from './offers.js';
import { type Answer, type Ask, verdictOf } from './probe.js';
import { askBriefly, askDetails } from './details.js';
import type { AddressCheck, Depth, HttpAnswer } from './site-check.js';

export type Subject = {
  readonly serverName?: string;
  /** Speaks HTTP behind TLS: it is asked for `/`, at this URL. Others are listened to. */
  readonly web?: { readonly url: string };
  readonly depth?: Depth;
};
export type ServerCheck = Omit<AddressCheck, 'address' | 'port' | 'connections' | 'http'> & { readonly overTls?: Result<HttpAnswer> };

export async function checkServer(ask: Ask, { serverName, web, depth = 'FULL' }: Subject): Promise<ServerCheck> {
  const interview = new Interview(ask);
  const usual = { alpn: web ? ALPN_OF_WEB : [], longShares: true, extensions: true };
  const manner: Manner = serverName === undefined ? usual : { ...usual, serverName };
  const offer = browserOffer(manner, [TLS13, TLS12]);
  const baseline = await interview.ask({ topic: 'BASELINE', offer, until: 'FINISHED', observed: true });
  const isBrief = depth === 'BRIEF';
  const way = chose(baseline)
    ? { manner, offer }
    : !isBrief && mayTakeAnother(baseline)
      ? await findWay(interview, manner, verdictOf(baseline))
      : undefined;
  const asked = { ...(isBrief && { brief: true as const }), baseline: observationOf(baseline) };
  if (way === undefined) return { ...NOTHING, ...asked };

  const versions = await askVersions(interview, way.manner, { afterwards: web ? 'GET' : 'LISTEN', depth });
  const [details, alpn] = await Promise.all([
    isBrief ? askBriefly(interview, way, versions) : askDetails(interview, way, versions),
    web && !isBrief && askAlpn(interview, way, baseline, newest(versions)?.answer),
  ]);
  const last = newest(versions)?.answer;
  return {
    ...details,
    ...asked,
    ...(serverName !== undefined && way.manner.serverName === undefined && { nameLeftOut: true as const }),
    handshakes: [...versions.alone.values()].flatMap(({ answer }) => answer.observation ?? []),
    certificates: interview.certificates,
    ...(alpn && { alpn }),
    ...inHelloBefore13(versions),
    ...(interview.encryptThenMac !== undefined && { encryptThenMac: ok(interview.encryptThenMac) }),
    ...optional('clientCertificate', last && clientCertificateIn(last)),
    ...optional('overTls', web && last && httpIn(last, web.url)),
  };
}

const NOTHING = { handshakes: [], versions: [], certificates: [], resumption: {}, tolerates: {} };

/** Whoever answered in another protocol, or could not be connected to, will not do better with another ClientHello. */
const mayTakeAnother = (answer: Answer): boolean => ['REFUSED', 'BROKE_OFF', 'SILENT'].includes(verdictOf(answer));

function observationOf({ observation }: Answer): Observation {
  if (observation === undefined) throw new Error('whoever connects tells an observed probe step by step');
  return observation;
}

/** The whole handshake in the highest version. */
const newest = ({ alone }: Versions): WholeHandshake | undefined => alone.get(Math.max(...alone.keys()));

/** What a ServerHello before TLS 1.3 says by an extension (RFC 7627, RFC 5746), in which TLS 1.3 has no choice any more. */
function inHelloBefore13({ alone }: Versions): Pick<ServerCheck, 'extendedMasterSecret' | 'secureRenegotiation'> {
  const { offer, answer } = alone.get(Math.max(...[...alone.keys()].filter((version) => version <= TLS12))) ?? {};
  const extensions = answer?.seen?.serverHello?.extensions;
  if (offer === undefined || extensions === undefined) return {};
  return {
    ...(offer.asks.includes('EXTENDED_MASTER_SECRET') && {
      extendedMasterSecret: ok(extensions.includes(EXTENSION.EXTENDED_MASTER_SECRET)),
    }),
    secureRenegotiation: ok(extensions.includes(EXTENSION.RENEGOTIATION_INFO)),
  };
}

function httpIn({ data, receivedAt, problem }: Answer, url: string): Result<HttpAnswer> | undefined {
  if (data !== undefined && data.length > 0 && receivedAt !== undefined) return readHttpAnswer(data, url, receivedAt);
  return problem && { ok: false, problem };
}

const optional = <K extends keyof ServerCheck>(key: K, value: ServerCheck[K] | undefined): Pick<Partial<ServerCheck>, K> =>
  (value === undefined ? {} : { [key]: value }) as Pick<Partial<ServerCheck>, K>;
