/** All questions that need to know which versions there are: those that matter most first, so that a budget that ends leaves out the least. */
import { ok, type Result } from '../../../values/result.js';
import { groupName } from '../registry/groups.js';
import { signatureSchemeName } from '../registry/signature-schemes.js';
import { SSL3, TLS12, TLS13 } from '../registry/versions.js';
import type { ClientOffer } from '../client/client-offer.js';
import { ALL_VERSIONS } from './candidates.js';
import { askChoicesOfTls13, type ChoicesOfTls13 } from './inquiries/choices-of-tls13.js';
import { askSignatures } from './inquiries/choices-of-tls12.js';
import { askFallback } from './inquiries/fallback.js';
import { askGroups } from './inquiries/groups.js';
import { askNames } from './inquiries/names.js';
import { askNewResumption, askOldResumption } from './inquiries/resumption.js';
import { askPreference, askSuites, type Preference } from './inquiries/suites.js';
import { askTolerances } from './inquiries/tolerances.js';
import { has, type Versions } from './inquiries/versions.js';
import type { Interview } from './interview.js';
import type { Way } from './manner.js';
import { CURVES, type Manner, wideOffer } from './offers.js';
import type { AddressCheck, Suites, VersionSupport } from './site-check.js';

type Details = Pick<
  AddressCheck,
  | 'versions'
  | 'groups'
  | 'signatureAlgorithms'
  | 'withoutName'
  | 'wrongName'
  | 'resumption'
  | 'earlyData'
  | 'fallbackScsv'
  | 'compression'
  | 'tolerates'
>;

export async function askDetails(interview: Interview, { manner, offer }: Way, versions: Versions): Promise<Details> {
  const before13 = ALL_VERSIONS.filter((version) => version <= TLS12 && has(versions, version));
  const [newest] = before13;
  const [tls13, newestBefore13, names, fallbackScsv, resumption] = await Promise.all([
    has(versions, TLS13) ? askTls13(interview, manner, versions) : undefined,
    newest === undefined ? undefined : askBefore13(interview, manner, newest),
    askNames(interview, offer),
    askFallback(interview, manner, versions),
    askResumption(interview, versions),
  ]);
  const suites = new Map<number, Result<Suites>>();
  if (tls13) suites.set(TLS13, tls13.preference.suites);
  if (newestBefore13) suites.set(newestBefore13.version, newestBefore13.preference.suites);
  const [shownByNewest, tolerates] = await Promise.all([
    newestBefore13 ? askGroups(interview, manner, tls13?.groups, newestBefore13) : tls13?.groups,
    askTolerances(interview, shortened(offer, tls13?.groups)),
  ]);
  const older: Before13[] = [];
  for (const version of before13.slice(1)) older.push(await askBefore13(interview, manner, version));
  for (const { version, preference } of older) suites.set(version, preference.suites);
  let groups = shownByNewest;
  // Of a version whose suites are not known that is said already, and there is nothing to ask with.
  for (const each of older.filter(({ codes }) => codes.ok)) groups = await askGroups(interview, manner, groups, each);
  const { compression } = newestBefore13?.preference ?? {};
  const { many } = newestBefore13 ?? {};
  return {
    versions: [...ALL_VERSIONS].toReversed().map((version) => supportOf(version, versions, suites)),
    ...names,
    ...resumption,
    ...signaturesOf(tls13, newestBefore13),
    ...(groups && { groups: groups.ok ? ok(groups.value.map(groupName)) : groups }),
    ...(fallbackScsv && { fallbackScsv }),
    ...(compression && { compression }),
    tolerates: { ...tolerates, ...(many !== undefined && { MANY_SUITES: ok(many) }) },
  };
}

/** What tells one server of a name from another. */
export async function askBriefly(interview: Interview, { offer }: Way, versions: Versions): Promise<Details> {
  const names = await askNames(interview, offer);
  const asked = [...versions.supported.keys()].toSorted((a, b) => a - b);
  return { ...names, versions: asked.map((version) => supportOf(version, versions, new Map())), resumption: {}, tolerates: {} };
}

async function askTls13(
  interview: Interview,
  manner: Manner,
  { alone }: Versions,
): Promise<ChoicesOfTls13 & { readonly preference: Preference }> {
  const whole = alone.get(TLS13);
  const choices = await askChoicesOfTls13(interview, manner, whole?.answer);
  const offer = whole?.offer ?? wideOffer(manner, TLS13);
  return { ...choices, preference: await askPreference(interview, offer, TLS13, choices.cipherSuites) };
}

type Before13 = {
  readonly version: number;
  readonly codes: Result<readonly number[]>;
  readonly many?: boolean;
  readonly preference: Preference;
  readonly signatures?: Result<readonly number[]>;
};

async function askBefore13(interview: Interview, manner: Manner, version: number): Promise<Before13> {
  const { codes, many } = await askSuites(interview, manner, version);
  const signs = version === TLS12 && codes.ok;
  const [preference, signatures] = await Promise.all([
    askPreference(interview, wideOffer(manner, version), version, codes),
    signs ? askSignatures(interview, manner, codes.value) : undefined,
  ]);
  return { version, codes, preference, ...(many !== undefined && { many }), ...(signatures && { signatures }) };
}

async function askResumption(interview: Interview, { alone }: Versions): Promise<Pick<Details, 'resumption' | 'earlyData'>> {
  const newestOld = [...alone].filter(([version]) => version <= TLS12 && version > SSL3).toSorted(([a], [b]) => b - a)[0]?.[1];
  const tls13 = alone.get(TLS13);
  const [old, { psk, earlyData }] = await Promise.all([
    newestOld ? askOldResumption(interview, newestOld) : {},
    tls13 ? askNewResumption(interview, tls13) : ({} as Awaited<ReturnType<typeof askNewResumption>>),
  ]);
  return { resumption: { ...old, ...(psk && { psk }) }, ...(earlyData && { earlyData }) };
}

/** What is taken, with one share that fits in a packet where there is one. */
function shortened(offer: ClientOffer, groups: Result<readonly number[]> | undefined): ClientOffer {
  const share = groups?.ok ? groups.value.find((group) => CURVES.includes(group) && offer.groups.includes(group)) : undefined;
  return { ...offer, keyShares: share === undefined ? [] : [share] };
}

function supportOf(version: number, { supported }: Versions, suites: ReadonlyMap<number, Result<Suites>>): VersionSupport {
  const found = suites.get(version);
  return { version, supported: supported.get(version)!, ...(found && { suites: found }) };
}

function signaturesOf(tls13: ChoicesOfTls13 | undefined, before13: Before13 | undefined): Pick<Details, 'signatureAlgorithms'> {
  const named = (version: number, codes: Result<readonly number[]>) => ({
    version,
    names: codes.ok ? ok(codes.value.map(signatureSchemeName)) : codes,
  });
  return {
    signatureAlgorithms: [
      ...(before13?.signatures ? [named(TLS12, before13.signatures)] : []),
      ...(tls13 ? [named(TLS13, tls13.signatureAlgorithms)] : []),
    ],
  };
}
