/** A change of nginx.conf by hand that nginx's own test accepts, and only a real reload refuses: it listens where another program does. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';

export type Broken = { readonly line: string; mend(): Promise<void> };

export async function breakNginx(mainConfiguration: string): Promise<Broken> {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const line = `server { listen 127.0.0.1:${(other.address() as net.AddressInfo).port}; }`;
  const before = await readFile(mainConfiguration, 'utf8');
  await writeFile(mainConfiguration, before.replace(/^http \{$/m, `http {\n\t${line}`));
  return {
    line,
    async mend() {
      await writeFile(mainConfiguration, before);
      other.close();
      await once(other, 'close');
    },
  };
}
