/**
 * Stands before a real server, reads the ClientHello, and does what it is told to: it passes it on, and everything after it both ways, or
 * does not like it. So a server can be intolerant of anything, and sound in all else.
 */
import net from 'node:net';
import { type ClientHello, HelloReader } from './client-hello.js';
import { Misbehaved } from './misbehaved.js';
import { alert } from './writer.js';

export type Answer =
  | 'PASS'
  | 'RESET'
  | 'CLOSE'
  /** Nothing, and the connection stays open. */
  | 'SILENCE'
  /** Fatal, with this code, and the end of the connection. */
  | { readonly alert: number }
  /** These bytes before all that the server says. */
  | { readonly passAfter: Uint8Array }
  /** To another server than `upstream`. */
  | { readonly passTo: Upstream }
  /** These bytes and nothing of the server. */
  | { readonly say: Uint8Array };

type Upstream = { readonly port: number; readonly host: string };
export type Front = {
  readonly upstream: Upstream;
  readonly answer: (hello: ClientHello) => Answer;
};

export function makeFront({ upstream, answer }: Front): net.Server {
  return net.createServer((client) => {
    client.on('error', () => {});
    const reader = new HelloReader();
    const pass = (first: Uint8Array, to = upstream) => {
      const server = net.connect(to);
      server.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('close', () => server.destroy());
      client.write(first);
      server.write(reader.bytes);
      client.pipe(server);
      server.pipe(client);
    };
    // What is left unread at the end would make it a reset, which may overtake the alert.
    const finish = (last: Uint8Array) => void client.end(last).resume();
    const act = (what: Answer) => {
      if (what === 'PASS') pass(Buffer.alloc(0));
      else if (what === 'RESET') client.resetAndDestroy();
      else if (what === 'CLOSE') client.destroy();
      else if (what === 'SILENCE') client.resume();
      else if ('passAfter' in what) pass(what.passAfter);
      else if ('passTo' in what) pass(Buffer.alloc(0), what.passTo);
      else finish('say' in what ? what.say : alert(what.alert));
    };
    const take = (bytes: Buffer) => {
      const answered = answerTo(() => reader.take(bytes), answer);
      if (answered === undefined) return;
      client.off('data', take);
      client.pause();
      act(answered);
    };
    client.on('data', take);
  });
}

function answerTo(read: () => ClientHello | undefined, answer: Front['answer']): Answer | undefined {
  try {
    const hello = read();
    return hello && answer(hello);
  } catch (error) {
    if (error instanceof Misbehaved) return { alert: error.alert };
    throw error;
  }
}
