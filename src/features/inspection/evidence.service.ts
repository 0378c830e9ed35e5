import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ASK_AROUND, type AskAround } from '../../adapters/network/chain-background.js';
import { inTurns } from '../../adapters/network/in-turns.js';
import { ofPublicRoots, publicRoots } from '../../adapters/network/public-roots.js';
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import { diagnoseInSteps } from '../../cores/tls/diagnosis/diagnose.js';
import type { Diagnosis, Evidence as Told } from '../../cores/tls/diagnosis/diagnosis.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import { certificateIdsOf, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { isGivenUp, type StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import type { Site } from '../sites/site.js';
import { SiteServers } from '../sites/site-servers.service.js';
import type { KeptCheck } from '../site-checks/kept-check.js';
import { SiteChecks } from '../site-checks/site-checks.service.js';

/** What the panel knows of a site, beside what a check showed: which certificate is meant, whose the others are, what the server says it has. */
@Injectable()
export class Evidence {
  constructor(
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly installers: ServerInstallers,
    private readonly servers: SiteServers,
    private readonly checks: SiteChecks,
    @Inject(ASK_AROUND) private readonly askAround: AskAround,
  ) {}

  /** Was the name known to be fine before this check: found so by another, or proven by the newest handshakes? */
  async wasFine(check: KeptCheck): Promise<boolean> {
    if (check.occasion === 'SUSPECTED' || (await this.checks.wasFine(check))) return true;
    const bindings = await this.bindingsOf(check.siteId, check.name);
    const outcomes = await this.observations.outcomes(bindings.map(({ id }) => id));
    return bindings.length > 0 && bindings.every(({ id }) => outcomes.get(id)?.proven);
  }

  /** `checks`: of one name; one that found no address is told beside one that did. */
  async diagnose(site: Site, name: CertificateName, checks: readonly SiteCheck[], now: Instant): Promise<readonly Diagnosis[]> {
    const bindings = await this.bindingsOf(site.id, name);
    const bound = [...(await this.certificates.byIds(bindings.flatMap(certificateIdsOf))).values()];
    const shown = [...new Set(checks.flatMap(fingerprintsIn))];
    const known = {
      now,
      roots: await this.rootsFor(bound, shown),
      ours: await this.ours(site, bindings, bound, shown),
      publicRoots: publicFingerprints(),
    };
    const ofBound = bound.flatMap(({ chain }) => chain.slice(1));
    const inOurBooks = await this.certificates.revokedAmong(shown);
    const judge = async (check: SiteCheck): Promise<readonly Diagnosis[]> => {
      const around = await this.askAround({ check, now, roots: known.roots, fetchedIssuers: ofBound });
      return inTurns(diagnoseInSteps({ check, ...known, ...around, revoked: new Set([...inOurBooks, ...around.revoked]) }));
    };
    const diagnoses = (await Promise.all(checks.map(judge))).flat();
    return diagnoses.map((diagnosis) => withoutNeedlessOrder(diagnosis, bound, now));
  }

  private async bindingsOf(siteId: string, name: CertificateName): Promise<readonly Binding[]> {
    return ((await this.bindings.ofSites([siteId])).get(siteId) ?? []).filter((binding) => binding.name === name);
  }

  private async ours(
    site: Site,
    bindings: readonly Binding[],
    bound: readonly StoredCertificate[],
    shown: readonly string[],
  ): Promise<NonNullable<Told['ours']>> {
    const owners = await this.certificates.ownersAmong(shown);
    const atServers = await this.atServers(site, bindings);
    // Where its places shall show different ones, none of them is the one that is meant.
    const [expected, another] = new Set(bound.map(({ fingerprint }) => fingerprint));
    return {
      ...(expected !== undefined && another === undefined && { expected }),
      otherTenants: new Set(shown.filter((fingerprint) => owners.has(fingerprint) && owners.get(fingerprint) !== site.accountId)),
      ...atServers,
    };
  }

  /**
   * What its servers say that they have for the name, and for nobody; absent where none can be asked. The answer for nobody is the home's: of
   * several servers each has its own.
   */
  private async atServers(
    site: Site,
    bindings: readonly Binding[],
  ): Promise<Pick<NonNullable<Told['ours']>, 'installed' | 'defaultCertificate'>> {
    const servers = (await this.servers.ofSites([site])).get(site.id)!;
    const told = await Promise.all(servers.map((serverId) => this.atServer(serverId, bindings)));
    const installed = told.flatMap((each) => each.installed ?? []);
    return { ...told[0], ...(told.some((each) => each.installed) && { installed: [...new Set(installed)] }) };
  }

  private async atServer(
    serverId: string,
    bindings: readonly Binding[],
  ): Promise<Pick<NonNullable<Told['ours']>, 'installed' | 'defaultCertificate'>> {
    const installer = await this.installers.of(serverId);
    if (!installer.ok) return {};
    const neutral = await installer.value.defaultCertificate?.();
    const forNobody = neutral?.ok ? { defaultCertificate: neutral.value ?? 'none' } : {};
    const inventory = await installer.value.inventory(bindings.map(({ ip, port, name }) => ({ address: ip, port, name })));
    if (!inventory.ok) return forNobody;
    const places = new Set(bindings.filter((each) => each.serverId === serverId).map(({ ip, port, name }) => `${ip} ${port} ${name}`));
    const there = inventory.value.bindings.filter(({ key }) => places.has(`${key.address} ${key.port} ${key.name}`));
    return { ...forNobody, installed: [...new Set(there.flatMap(({ fingerprints }) => fingerprints))] };
  }

  /** Those of browsers, and those of the CAs that signed what is bound here. */
  private async rootsFor(bound: readonly StoredCertificate[], shown: readonly string[]): Promise<readonly Uint8Array[]> {
    const issuers = [...new Set(bound.map(({ issuerId }) => issuerId))];
    const asked = [...bound, ...issuers.flatMap((issuerId) => shown.map((fingerprint) => ({ issuerId, fingerprint })))];
    const roots = (await this.observations.rootsOf(asked)).flatMap((found) => (found.ok ? found.value : []));
    const each = [...publicRoots(), ...roots].map((der) => [Buffer.from(der).toString('latin1'), der] as const);
    return [...new Map(each).values()];
  }
}

/** What is wrong with a certificate that is not the bound one is mended by installing that, and costs nothing. */
function withoutNeedlessOrder(diagnosis: Diagnosis, bound: readonly StoredCertificate[], now: Instant): Diagnosis {
  const shown = diagnosis.evidence['fingerprint'] ?? diagnosis.evidence['shown'];
  const isAnother = shown !== undefined && bound.every(({ fingerprint }) => fingerprint !== shown);
  const holds = bound.length > 0 && bound.every((certificate) => !isGivenUp(certificate) && certificate.notAfter > now);
  return diagnosis.repair === 'REISSUE' && isAnother && holds ? { ...diagnosis, repair: 'REINSTALL' } : diagnosis;
}

const publicFingerprints = ofPublicRoots(
  ({ roots }): ReadonlySet<string> => new Set(roots.map((der) => createHash('sha256').update(der).digest('hex'))),
);

const fingerprintsIn = ({ addresses }: SiteCheck): readonly string[] =>
  (addresses.ok ? addresses.value : []).flatMap(({ baseline, handshakes, certificates }) => {
    const chains = [baseline, ...handshakes].flatMap(({ session }) => (session ? [session.chain] : []));
    return [...chains, ...certificates.map(({ chain }) => chain)].flatMap(([leaf]) =>
      leaf ? [createHash('sha256').update(leaf).digest('hex')] : [],
    );
  });
