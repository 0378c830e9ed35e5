import { Injectable } from '@nestjs/common';
import type { CertificateFiles, Change, DesiredBinding } from '../../adapters/installers/installer.js';
import { about, problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Sites } from '../sites/sites.service.js';
import type { Plan } from './plan.js';

/** A plan in the words of installers. */
@Injectable()
export class ServerChanges {
  constructor(
    private readonly sites: Sites,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
  ) {}

  /** A certificate whose key does not open is refused by name, so that the others go on without it. */
  async changeOf({ changes, removals }: Plan): Promise<Result<Change>> {
    const files = await this.certificates.files(
      changes.flatMap(({ certificateId, companion }) => [certificateId, ...(companion ? [companion.certificateId] : [])]),
    );
    const bindings = await this.bindings.byIds(changes.map((change) => change.bindingId));
    const sites = await this.sites.byIds([...bindings.values()].map((binding) => binding.siteId));
    const sub: Problem[] = [];
    const put = changes.flatMap(({ address, port, name, certificateId, companion, bindingId }): DesiredBinding[] => {
      const certificates: CertificateFiles[] = [];
      for (const id of companion ? [certificateId, companion.certificateId] : [certificateId]) {
        const opened = files.get(id)!;
        if (!opened.ok) {
          sub.push(about(bindingId, opened.problem));
          return [];
        }
        certificates.push(opened.value);
      }
      const route = sites.get(bindings.get(bindingId)?.siteId ?? '')?.route ?? 'NONE';
      return [{ key: { address, port, name }, certificates, route }];
    });
    const remove = removals.map(({ address, port, name }) => ({ address, port, name }));
    return sub[0] ? err(problem(sub[0].code, sub[0].facts, { sub })) : ok({ put, remove });
  }
}
