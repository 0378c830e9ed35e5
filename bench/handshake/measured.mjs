/** What the processes that are measured have in common: a task is told by its name; how long it took, and its processor time, are the answer. */

/** One site on each address, in turn, so that two that follow each other differ in name and certificate. */
export function* targets(count, { port, sites }) {
  for (let index = 0; index < count; index++) {
    const { address, name: servername } = sites[index % sites.length];
    yield { address, port, servername };
  }
}

export function serveTasks(tasks) {
  process.on('message', async ({ task, input }) => {
    const [begun, before] = [performance.now(), process.cpuUsage()];
    const more = await tasks[task](input);
    const { user, system } = process.cpuUsage(before);
    process.send({ wallMs: performance.now() - begun, cpuMs: (user + system) / 1000, ...more });
  });
  process.send('ready');
}
