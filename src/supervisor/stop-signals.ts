/** When we are asked to stop, and when we are asked again. */
type Stop = {
  /** SIGTERM, SIGINT or SIGHUP came. */
  readonly requested: Promise<undefined>;
  /** Another one came: whoever asks does not want to wait any longer. */
  readonly hurry: AbortSignal;
};

export function listenForStop(): Stop {
  const hurry = new AbortController();
  let firstAt: number | undefined;
  const requested = new Promise<undefined>((resolve) => {
    const onSignal = () => {
      firstAt ??= performance.now();
      resolve(undefined);
      if (performance.now() - firstAt > ONE_CTRL_C_MS) hurry.abort();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
  return { requested, hurry: hurry.signal };
}

/** One Ctrl-C comes up to three times: from the terminal, from npm, and from scripts/start.mjs. A person is slower. */
const ONE_CTRL_C_MS = 500;
