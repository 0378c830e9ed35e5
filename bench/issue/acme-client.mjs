/** The npm package acme-client as its README shows it. `argv`: the directory's URL, the port of its challenges. */
import acme from 'acme-client';
import { serveRounds } from './node-loop.mjs';

/** By default it waits 5 seconds where Pebble is a moment slower than the first question: that alone would be 0.3 s for each certificate. */
const BACKOFF_MS = 50;
const [, , directoryUrl, httpPort] = process.argv;
const accountKey = await acme.crypto.createPrivateEcdsaKey('P-256');
const client = new acme.Client({ directoryUrl, accountKey, backoffMin: BACKOFF_MS });
await client.createAccount({ termsOfServiceAgreed: true });

await serveRounds(Number(httpPort), async (name, show) => {
  const [, csr] = await acme.crypto.createCsr({ altNames: [name] }, await acme.crypto.createPrivateEcdsaKey('P-256'));
  await client.auto({
    csr,
    termsOfServiceAgreed: true,
    // It would look at port 80.
    skipChallengeVerification: true,
    challengeCreateFn: async (_, { token }, body) => void show(token, body),
    challengeRemoveFn: async () => undefined,
  });
});
