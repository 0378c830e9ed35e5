/** `npm run demo`: the story of story.ts with real parts, told on the terminal. Exit code 0 only if all of it held. */
import { openTerminal } from '../src/cli/terminal.js';
import { DoesNotHold, Narrator } from './narrator.js';
import { startPlatform } from './platform.js';
import { tellStory } from './story.js';
import { startWorld } from './world.js';

process.exit(await demo());

async function demo(): Promise<number> {
  const terminal = openTerminal({ json: false });
  const narrator = new Narrator(terminal);
  const stops: (() => Promise<void>)[] = [];
  process.once('SIGINT', () => void stopAll(stops).then(() => process.exit(130)));
  try {
    narrator.act('A CA that speaks ACME, an nginx with a configuration of its own, and Hostseal');
    const world = await narrator.during('starting Pebble and nginx', startWorld());
    stops.push(() => world.stop());
    narrator.tell(`Pebble at ${world.pebble.directoryUrl}`, `${world.nginxVersion} by ${world.nginx.place.mainConfiguration}`);
    const platform = await narrator.during('starting Hostseal, which secures itself first', startPlatform(world.variables));
    stops.push(() => platform.stop());
    narrator.tell(...platform.greeting);
    await tellStory(world, platform, narrator);
    terminal.say('', terminal.paint('green', `All of it held: ${narrator.held} of ${narrator.held}.`));
    return 0;
  } catch (error) {
    const said = error instanceof DoesNotHold ? `That does not hold: ${error.message}.` : (error as Error).message;
    terminal.say('', terminal.paint('red', said));
    return 1;
  } finally {
    await stopAll(stops);
  }
}

async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
}
