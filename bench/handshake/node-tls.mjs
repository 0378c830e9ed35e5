/** The plain loop of a peer: node:tls shakes hands, checks the signature and the Finished, and believes any certificate. */
import { once } from 'node:events';
import { connect } from 'node:tls';
import { serveTasks, targets } from './measured.mjs';

const place = JSON.parse(process.argv[2]);
/** As many as a sweep of ours has open. */
const AT_ONCE = 64;

serveTasks({
  async sweep(count) {
    const waiting = targets(count, place);
    const worker = async () => {
      for (const { address, port, servername } of waiting) {
        const socket = connect({ host: address, port, servername, rejectUnauthorized: false });
        await once(socket, 'secureConnect');
        if (socket.getPeerX509Certificate() === undefined) throw new Error('no certificate');
        socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  },
});
