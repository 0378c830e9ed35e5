/** What `nginx -V` prints, of several builds, and what we may write for each. */
import { describe, expect, it } from 'vitest';
import { readBuild } from '../../../../src/adapters/installers/nginx/nginx-build.js';
import { unwrap } from '../../../../src/values/result.js';

const output = (name: string, tls: string, options = '--with-http_ssl_module --with-http_v2_module') =>
  `${name}\nbuilt by gcc 12.2.0 (Debian 12.2.0-14)\n${tls}\nTLS SNI support enabled\nconfigure arguments: --prefix=/usr/share/nginx ${options}\n`;

describe('a build', () => {
  it.each([
    [
      output('nginx version: nginx/1.22.1', 'built with OpenSSL 3.0.22 25 Aug 2026 (running with OpenSSL 3.0.19 27 Jan 2026)'),
      {
        software: 'nginx',
        version: '1.22.1',
        tlsLibrary: 'OpenSSL 3.0.19',
        http2: 'ON_LISTEN',
        hybridGroups: false,
        pidPath: '/usr/share/nginx/logs/nginx.pid',
      },
    ],
    [
      output(
        'nginx version: nginx/1.28.0 (Ubuntu)',
        'built with OpenSSL 3.5.1 1 Jul 2025',
        "--with-cc-opt='-O2 -g' --with-http_ssl_module --with-http_v2_module --pid-path=/run/nginx.pid",
      ),
      {
        software: 'nginx',
        version: '1.28.0',
        tlsLibrary: 'OpenSSL 3.5.1',
        http2: 'DIRECTIVE',
        hybridGroups: true,
        pidPath: '/run/nginx.pid',
      },
    ],
    [
      output('nginx version: openresty/1.25.3.2', 'built with OpenSSL 1.1.1w  11 Sep 2023'),
      { software: 'openresty', version: '1.25.3.2', tlsLibrary: 'OpenSSL 1.1.1w', http2: 'DIRECTIVE', hybridGroups: false },
    ],
    [
      output('nginx version: nginx/1.25.0', 'built with LibreSSL 3.8.2'),
      { tlsLibrary: 'LibreSSL 3.8.2', http2: 'ON_LISTEN', hybridGroups: false },
    ],
    [
      output('nginx version: nginx/1.27.0', 'built with OpenSSL 4.0.0 1 Apr 2026', '--with-http_ssl_module'),
      { http2: 'ABSENT', hybridGroups: true },
    ],
  ])('is read from %j', (text, build) => {
    expect(unwrap(readBuild(text))).toMatchObject(build);
  });

  it.each([
    ['', 'which'],
    ['Server version: Apache/2.4.71 (Debian)', 'which'],
    ['nginx version: nginx/\n', 'which'],
    ['nginx version: nginx/1.22.1\nconfigure arguments: --with-http_ssl_module', 'without TLS'],
    [output('nginx version: nginx/1.22.1', 'built with OpenSSL 3.0.19', '--with-http_v2_module'), 'without TLS'],
    [output('nginx version: nginx/1.22.1', 'built with OpenSSL 0.9.8').replace('enabled', 'disabled'), 'without SNI'],
  ])('is refused from %j', (text, why) => {
    expect(readBuild(text)).toMatchObject({ problem: { code: 'SERVER_REFUSED', facts: { detail: expect.stringContaining(why) } } });
  });
});
