import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// Prisma would download its native schema engine before every command; ours is the WASM build from npm. Read before it looks.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= fileURLToPath(new URL('./scripts/schema-engine.mjs', import.meta.url));
process.env.CHECKPOINT_DISABLE ??= '1';
process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1';

// Set by whoever calls Prisma's CLI: the supervisor, the tests, scripts/migrate.mjs. The CLI puts the URL on the engine's command
// line, for everyone on the machine to read: the engine takes its password from the environment instead.
const url = new URL(process.env.HOSTSEAL_DATABASE_URL ?? 'postgresql://localhost/hostseal');
url.password = '';

export default defineConfig({
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: url.href },
});
