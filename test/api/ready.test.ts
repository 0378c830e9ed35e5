import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { startTestApp } from '../support/app.js';

describe('liveness and readiness', () => {
  it('with its database it is ready; without, it lives on, says that it is not ready, and tells callers nothing of the database', async () => {
    const app = await startTestApp();
    const get = (path: string) => request(app.nest.getHttpServer()).get(path);
    try {
      for (const path of ['/health/live', '/health/ready']) {
        const { status, body } = await get(path);
        expect({ path, status, body }).toEqual({ path, status: 200, body: { status: 'ok' } });
      }
      await app.database.drop();
      expect((await get('/health/live')).status).toBe(200);
      expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'DATABASE_UNREACHABLE' } });
      const answer = await app.call(app.adminToken, '{ me { id } }');
      expect(answer).toMatchObject({ status: 500, errors: [{ extensions: { code: 'INTERNAL' } }] });
      expect(JSON.stringify(answer)).not.toMatch(/database|prisma|test_/i);
    } finally {
      await app.close();
    }
  });
});
