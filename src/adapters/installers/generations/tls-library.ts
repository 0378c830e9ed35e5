/** Which OpenSSL a module is linked with: the one that the loader would give it, which an update may have changed since it was built. */
import { readFile, realpath } from 'node:fs/promises';
import { runCommand } from '../../hosts/local/run-command.js';

/** `OpenSSL 3.0.19`; empty where it cannot be found out. */
export async function tlsLibraryOf(module: string, timeoutMs: number): Promise<string> {
  const ended = await runCommand({ program: '/usr/bin/ldd', args: [module], timeoutMs, maxOutputBytes: 64 * 1024 });
  const [, library] = /^\s*libcrypto\.so\S* => (\/\S+)/m.exec(ended.ok ? ended.value.stdout : '') ?? [];
  if (library === undefined) return '';
  const content = await realpath(library).then(
    (path) => readFile(path, 'latin1'),
    () => '',
  );
  // OPENSSL_VERSION_TEXT, a string of its own in it.
  return /\0((?:OpenSSL|LibreSSL|BoringSSL) \d[\w.-]*) +\d{1,2} [A-Z][a-z]{2} \d{4}\0/.exec(content)?.[1] ?? '';
}
