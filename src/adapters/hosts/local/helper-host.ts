/** This machine, through its helper: for a service that runs as a user of its own and drives a server of root's. */
import { ok } from '../../../values/result.js';
import { askSocket } from '../../network/dialing/unix-socket.js';
import { HelperClient, helperUnreachable, reasonOf } from '../helper-client.js';

type HelperAddress = {
  readonly socketPath: string;
  /** Milliseconds for a whole answer. Longer than the longest verb. */
  readonly timeoutMs: number;
};

export class HelperHost extends HelperClient {
  constructor(address: HelperAddress) {
    super(async (request) => {
      try {
        return ok(await askSocket({ ...address, ...request }));
      } catch (error) {
        return helperUnreachable(reasonOf(error));
      }
    });
  }
}
