/** From what is wanted and what is served: what exactly changes, in both directions. */
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { bindingKeyText, type BindingKey } from '../../installer.js';
import type { StagedChange } from '../wire/control-protocol.js';
import type { Bound, CertificateId } from '../wire/stored-binding.js';
import type { BindingTable } from './binding-table.js';
import { CertificateStore } from './certificate-store.js';
import type { BindingChange } from './generation-manifests.js';

/** DUPLICATE for a binding that is named twice, INVALID_INPUT for one without a certificate or with one that was not sent along. */
export function planChange(change: StagedChange, served: BindingTable): Result<readonly BindingChange[]> {
  const ids = new Map(change.certificates.map((files) => [files.fingerprint, CertificateStore.idOf(files)]));
  const planned = new Map<string, BindingChange>();
  for (const { key, to } of wanted(change, ids)) {
    const text = bindingKeyText(key);
    if (planned.has(text)) return err(problem('DUPLICATE', { text }));
    if (to !== undefined && to.certificates.length === 0) {
      return err(problem('INVALID_INPUT', { detail: `${text} has no certificate, or one that was not sent` }));
    }
    planned.set(text, { key, from: boundOf(served.at(text)), to });
  }
  return ok([...planned.values()]);
}

type Wanted = { readonly key: BindingKey; readonly to?: Bound };

function wanted(change: StagedChange, ids: ReadonlyMap<string, CertificateId>): readonly Wanted[] {
  const puts = change.put.map(({ key, fingerprints, route }) => {
    const certificates = fingerprints.flatMap((fingerprint) => ids.get(fingerprint) ?? []);
    return { key, to: { certificates: certificates.length === fingerprints.length ? certificates : [], route } };
  });
  return [...puts, ...change.remove.map((key) => ({ key }))];
}

const boundOf = (bound: Bound | undefined): Bound | undefined => bound && { certificates: bound.certificates, route: bound.route };
