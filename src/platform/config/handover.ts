/**
 * Between the supervisor and the process that it starts: configuration goes down over IPC, since a command line and an
 * environment can be read by others; lines for people come up.
 */
import type { Problem } from '../../values/problems/problem.js';
import { Secret } from '../../values/secret.js';
import { parseConfig, type Config } from './config.js';
import type { HomeLayout } from './home-layout.js';

export type Handover = {
  /** The HOSTSEAL_ variables, as the supervisor was given them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Relative paths in them are below it. */
  readonly cwd: string;
  readonly layout: HomeLayout;
  /** Of the embedded or the user's own PostgreSQL. */
  readonly databaseUrl: string;
  /** Where root has left a helper that drives the servers: the folder of its sockets. */
  readonly helperFolder?: string;
};

export type Started = Pick<Handover, 'layout' | 'helperFolder'> & { readonly config: Config & { readonly databaseUrl: Secret } };

/** Waits for the supervisor's first message. Throws where there is no supervisor: the process is started by `npm start` only. */
export async function receiveHandover(): Promise<Started> {
  if (!process.send) throw new Error('started without its supervisor; use npm start');
  const handover = await new Promise<Handover>((resolve) => process.once('message', (message) => resolve(message as Handover)));
  // The supervisor has parsed the same variables: a problem now is a bug.
  const parsed = parseConfig(handover.variables, handover.cwd);
  if (!parsed.ok) throw new Error(`variables changed on the way: ${JSON.stringify(parsed.problem)}`);
  const { layout, helperFolder } = handover;
  const config = { ...parsed.value, databaseUrl: Secret.of(handover.databaseUrl) };
  return { config, layout, ...(helperFolder !== undefined && { helperFolder }) };
}

/** What comes up: a line for people; that it works; why it cannot. */
export type Told = { readonly line: string } | { readonly works: true } | { readonly problem: Problem };

/** Shows a line to the person who started Hostseal. */
export function tellPerson(line: string): void {
  tell({ line });
}

/** From here on an end is an accident, and no reason to give the start up. */
export function tellWorks(): void {
  tell({ works: true });
}

/** Why this process is about to end. Resolves when it is on its way. */
export function tellProblem(problem: Problem): Promise<void> {
  return new Promise((resolve) => tell({ problem }, resolve));
}

function tell(told: Told, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(told, sent);
  else sent();
}

/** Called once when the supervisor is gone, kill -9 included: then it is time to stop. */
export function onSupervisorGone(stop: () => void): void {
  if (process.connected) process.once('disconnect', stop);
  else stop();
}
