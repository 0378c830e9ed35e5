/**
 * `npm run migrate -- NAME`: writes the SQL that leads from the migrations to the schema into prisma/migrations/<time>_NAME/.
 * `--check` writes nothing, and fails where there would be something to write.
 */
import fs from 'node:fs';
import path from 'node:path';
import { inProject, onProjectNode, runTool } from './project.mjs';

await onProjectNode(import.meta.url);
await import('./typescript-sources.mjs');
const { startScratchPostgres } = await import('../test/support/suite/scratch-postgres.ts');

const migrations = inProject('prisma/migrations');
const name = process.argv[2] ?? '';
if (name !== '--check' && !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('usage: npm run migrate -- NAME    (lower-case letters, digits and _)');
  process.exit(2);
}

const scratch = await startScratchPostgres();
const from = fs.existsSync(migrations) ? ['--from-migrations', migrations] : ['--from-empty'];
const diff = await runTool('prisma/build/index.js', ['migrate', 'diff', ...from, '--to-schema', 'prisma', '--script', '--exit-code'], {
  HOSTSEAL_DATABASE_URL: scratch.url,
});
await scratch.stop();

// --exit-code: 0 is no difference, 2 is some.
if (diff.code === 0) console.log('The migrations already lead to the schema; nothing was written.');
else if (diff.code === 2 && name === '--check') {
  console.error(`The schema has changed, and no migration leads to it:\n${diff.stdout}`);
  process.exitCode = 1;
} else if (diff.code === 2) console.log(`Review ${path.relative(process.cwd(), write(diff.stdout))}`);
else {
  console.error(diff.output);
  process.exitCode = 1;
}

/** The folder's name sorts by time: that is the order in which migrations run. */
function write(sql) {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const file = path.join(migrations, `${time}_${name}`, 'migration.sql');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, sql);
  fs.writeFileSync(path.join(migrations, 'migration_lock.toml'), 'provider = "postgresql"\n');
  return file;
}
