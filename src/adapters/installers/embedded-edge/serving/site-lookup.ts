/** Which binding answers for a name: at an address and port for strangers, at any for a rehearsal. */
import type { IpAddress } from '../../../../values/ip-address.js';
import type { CertificateName } from '../../../../values/hostname.js';
import { bindingKeyText, type Generation } from '../../installer.js';
import type { EdgeTree } from '../tree/edge-tree.js';
import { bindingNamesFor } from '../wire/server-name.js';
import type { Bound, StoredBinding } from '../wire/stored-binding.js';

/** `name` in normal form. Exact names before wildcards. */
export type SiteLookup = (name: string) => Bound | undefined;

export const sitesAt =
  (tree: EdgeTree, address: IpAddress, port: number): SiteLookup =>
  (name) => {
    for (const bound of bindingNamesFor(name)) {
      const binding = tree.at(bindingKeyText({ address, port, name: bound as CertificateName }));
      if (binding) return binding;
    }
    return undefined;
  };

/** A unix socket has no address: what a staged generation changes for the name comes first, then what is served for it anywhere. */
export const sitesRehearsed =
  (tree: EdgeTree, generation: () => Generation | undefined): SiteLookup =>
  (name) => {
    const rehearsed = generation();
    const changes = rehearsed === undefined ? [] : (tree.stagedChanges(rehearsed) ?? []);
    for (const bound of bindingNamesFor(name)) {
      const change = changes.find(({ key }) => key.name === bound);
      if (change) return change.to;
      const served = servedAnywhere(tree.bindings(), bound);
      if (served) return served;
    }
    return undefined;
  };

function servedAnywhere(bindings: Iterable<StoredBinding>, name: string): StoredBinding | undefined {
  for (const binding of bindings) if (binding.key.name === name) return binding;
  return undefined;
}
