/** `npm run demo`: the story of story.ts with real parts, told on the terminal. Exit code 0 only if all of it held. */
import { EXIT } from '../src/cli/exit-codes.js';
import { openTerminal } from '../src/cli/terminal.js';
import { listenForStop } from '../src/supervisor/stop-signals.js';
import { DoesNotHold, Narrator } from './narrator.js';
import { startPlatform } from './platform.js';
import { tellStory } from './story.js';
import { startWorld } from './world.js';

process.exit(await demo());

type Running = { stop(): Promise<void> };

async function demo(): Promise<number> {
  const terminal = openTerminal({ json: false });
  let isOver = false;
  // What happens in a story whose world is taken away is not to be told.
  const narrator = new Narrator({ ...terminal, say: (...lines) => void (isOver || terminal.say(...lines)) });
  const { requested } = listenForStop();
  const running: Promise<Running>[] = [];
  const start = <T extends Running>(make: () => Promise<T>): Promise<T> => {
    if (isOver) throw new Error('the demo is over');
    const starting = make();
    running.push(starting);
    return starting;
  };
  try {
    const held = await Promise.race([play(narrator, start), requested]);
    if (held === undefined) narrator.end('yellow', 'Stopped as asked: taking away what was started.');
    else narrator.end('green', `All of it held: ${held} of ${held}.`);
    return held === undefined ? EXIT.INTERRUPTED : EXIT.OK;
  } catch (error) {
    narrator.end('red', error instanceof DoesNotHold ? `That does not hold: ${error.message}.` : (error as Error).message);
    return EXIT.FAILED;
  } finally {
    isOver = true;
    // What did not start has nothing to stop, and has said so.
    for (const starting of running.reverse()) await starting.then((it) => it.stop()).catch(() => undefined);
  }
}

/** Answers how many things held. */
async function play(narrator: Narrator, start: <T extends Running>(make: () => Promise<T>) => Promise<T>): Promise<number> {
  narrator.act('A CA that speaks ACME, an nginx with a configuration of its own, and Hostseal');
  const world = await narrator.during(
    'starting Pebble and nginx',
    start(() => startWorld()),
  );
  narrator.tell(
    `Pebble at ${world.pebble.directoryUrl}; it looks for files at port ${world.addresses[0]!.httpPort}, not 80`,
    `${world.nginxVersion} by ${world.nginx.place.mainConfiguration}`,
  );
  const platform = await narrator.during(
    'starting Hostseal, which secures itself first',
    start(() => startPlatform(world.variables)),
  );
  narrator.tell(...platform.greeting);
  await tellStory(world, platform, narrator);
  return narrator.held;
}
