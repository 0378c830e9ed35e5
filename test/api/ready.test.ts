import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { instant } from '../../src/values/instant.js';
import { startTestApp, TestClock } from '../support/app.js';

describe('liveness and readiness', () => {
  it('with its database it is ready, and gives the public roots; without, it lives on, says that it is not ready, and tells callers nothing of the database', async () => {
    let now = Date.now();
    const app = await startTestApp({ clock: Object.assign(new TestClock(), { now: () => instant(now) }) });
    const get = (path: string) => request(app.nest.getHttpServer()).get(path);
    try {
      for (const path of ['/health/live', '/health/ready']) {
        const { status, body } = await get(path);
        expect({ path, status, body }).toEqual({ path, status: 200, body: { status: 'ok' } });
      }
      const roots = await get('/trust/mozilla.pem').responseType('blob');
      expect(roots.headers['content-type']).toBe('application/x-pem-file');
      expect((roots.body as Buffer).toString()).toMatch(
        /^# Mozilla's list of certificate authorities, of 2026-09-10: \d{3}\n-----BEGIN CERTIFICATE-----\n/,
      );
      await app.database.drop();
      expect((await get('/health/live')).status).toBe(200);
      now += 999;
      expect((await get('/health/ready')).status, 'the database is asked once a second').toBe(200);
      for (const passed of [1, -3_600_000]) {
        now += passed;
        expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'DATABASE_UNREACHABLE' } });
      }
      const answer = await app.call(app.adminToken, '{ me { id } }');
      expect(answer).toMatchObject({ status: 500, errors: [{ extensions: { code: 'INTERNAL' } }] });
      expect(JSON.stringify(answer)).not.toMatch(/database|prisma|test_/i);
    } finally {
      await app.close();
    }
  });
});
