/**
 * The far end: all that our account on another machine can do, as its authorized_keys says with `restrict,command="…"`. It joins one
 * channel of SSH to the socket of the helper that was asked for by name, and reads nothing of what passes. Node alone, and no package.
 *
 *     hostseal-connect [FOLDER]    FOLDER/<SSH_ORIGINAL_COMMAND>.sock; /run/hostseal by default
 */
import { connect } from 'node:net';
import { HELPER_NAME } from '../helper-name.js';
import { CONNECT_EXIT } from './connect-exit.js';

const folder = process.argv[2] ?? '/run/hostseal';
const name = process.env['SSH_ORIGINAL_COMMAND'] ?? '';

if (HELPER_NAME.test(name)) join(`${folder}/${name}.sock`);
else process.exitCode = CONNECT_EXIT.nameRefused;

function join(path: string): void {
  const helper = connect(path);
  process.exitCode = CONNECT_EXIT.helperAbsent;
  helper.once('connect', () => (process.exitCode = 0));
  helper.on('error', () => undefined);
  // Whoever asked may be gone at any time: the helper sees the end of what it was sent, and does nothing for half a request.
  for (const ours of [process.stdin, process.stdout]) ours.on('error', () => helper.destroy());
  helper.once('close', () => process.stdin.destroy());
  process.stdin.pipe(helper).pipe(process.stdout);
}
