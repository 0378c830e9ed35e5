/** The part of acme-client that signs requests; its own types leave it out. Taken from the source of 5.4.0. */
declare module 'acme-client/src/http.js' {
  import type { KeyObject } from 'node:crypto';

  export type HttpResponse = { status: number; headers: Record<string, string | undefined>; data: unknown };
  export type SignedBody = { payload: string; protected: string; signature: string };

  export default class HttpClient {
    constructor(directoryUrl: string, accountKey: KeyObject, externalAccountBinding?: { kid: string; hmacKey: string });
    request(url: string, method: string, opts?: { headers?: Record<string, string>; data?: unknown }): Promise<HttpResponse>;
    getDirectory(): Promise<Record<string, unknown>>;
    getNonce(): Promise<string>;
    getJwk(): Readonly<Record<string, string>>;
    createSignedBody(url: string, payload: object): SignedBody;
    signedRequest(
      url: string,
      payload: object | null,
      opts: { kid?: string | null; nonce?: string | null; includeExternalAccountBinding?: boolean },
    ): Promise<HttpResponse>;
  }
}
