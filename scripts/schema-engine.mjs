#!/usr/bin/env node
/**
 * Stands in for Prisma's native schema engine, which its CLI would download: the same engine as WASM, from npm, behind the
 * same JSON-RPC (one message a line, on standard input and output). prisma.config.ts points the CLI here.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { connectOnce, createDatabase, databaseOf, SchemaEngineAdapter } from './schema-engine-adapter.mjs';

let panic;
/** The WASM calls it before it traps. */
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => (panic = message) };

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    datamodels: { type: 'string', short: 'd', multiple: true, default: [] },
    datasource: { type: 'string', default: '{}' },
    version: { type: 'boolean', short: 'V' },
  },
});
const { url: withoutPassword, shadowDatabaseUrl } = JSON.parse(values.datasource);
/** With its password, which prisma.config.ts has taken off. */
const url = process.env.HOSTSEAL_DATABASE_URL ?? withoutPassword;

if (values.version) console.log(`schema-engine-cli ${(await loadEngine()).version()}`);
else if (positionals.includes('can-connect-to-database')) await answerOnce(() => connectOnce(url));
else if (positionals.includes('create-database')) await answerOnce(() => createDatabase(url));
else await serve();

/** One question on the command line: exit code 0, or 1 and a line that the CLI reads. */
async function answerOnce(ask) {
  try {
    await ask();
  } catch (error) {
    const missing = error.code === '3D000';
    const message = missing ? `Database \`${databaseOf(url)}\` does not exist` : `Can't reach database server: ${error.message}`;
    log('INFO', { message: 'starting' }); // the CLI skips the first line
    log('ERROR', { message, error_code: missing ? 'P1003' : 'P1001' });
    process.exitCode = 1;
  }
}

function log(level, fields) {
  console.error(JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' }));
}

/** Requests one after the other, each with an engine and connections of its own. */
async function serve() {
  const { SchemaEngine } = await loadEngine();
  const datamodels = values.datamodels.map((file) => [path.resolve(file), fs.readFileSync(file, 'utf8')]);
  let adapter;

  const call = async (method, params) => {
    panic = undefined;
    adapter = new SchemaEngineAdapter(url, shadowDatabaseUrl);
    const factory = bindMigrationAwareSqlAdapterFactory(adapter);
    const engine = await SchemaEngine.new({ datamodels: datamodels.length > 0 ? datamodels : undefined }, () => undefined, factory);
    try {
      // These two know of a shadow database only where this engine has seen the migrations: devDiagnostic shows them.
      const { migrationsList, filters } = params;
      if (['evaluateDataLoss', 'createMigration'].includes(method)) await engine.devDiagnostic({ migrationsList, filters });
      return await engine[method](params);
    } catch (error) {
      throw factory.errorRegistry?.consumeError?.(error?.id)?.error ?? error;
    } finally {
      // Before the answer: the CLI ends us as soon as it has it.
      await adapter.dispose();
    }
  };
  /** What the native engine does otherwise than the WASM. */
  const special = {
    createDatabase: async () => {
      await createDatabase(url);
      return { databaseName: databaseOf(url) };
    },
    diff: async (params) => {
      const { stdout, exitCode } = await call('diff', params);
      if (stdout != null) send({ id: 0, method: 'print', params: { content: stdout } });
      return { exitCode, stdout: null };
    },
    getDatabaseVersion: (params) => call('version', params),
  };
  const handle = async ({ id, method, params }) => {
    if (!method) return; // the CLI acknowledges a print
    try {
      send({ id, result: (await (special[method]?.(params) ?? call(method, params))) ?? null });
    } catch (error) {
      const message = panic ?? error?.message ?? String(error);
      const data = { is_panic: panic !== undefined, message, error_code: error?.code, error: { message } };
      send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } });
    }
  };

  const quit = async () => {
    await adapter?.dispose();
    process.exit();
  };
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, quit);
  for await (const line of readline.createInterface({ input: process.stdin })) await handle(JSON.parse(line));
  await quit();
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

async function loadEngine() {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const wasm = fs.readFileSync(path.join(path.dirname(entry), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}
