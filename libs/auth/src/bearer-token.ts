import { hash } from 'node:crypto';

/** The token of a request, by its `Authorization` header or, without a bearer token, its `X-Api-Key` header. */
export function requestToken(authorization: string | undefined, apiKey: string | undefined): string | undefined {
  return bearerToken(authorization) ?? apiKeyToken(apiKey);
}

/** The token of an `Authorization: Bearer` header (RFC 6750, section 2.1); `undefined` where there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1];
}

/** The token of an `X-Api-Key` header, which is nothing else; `undefined` where there is none. */
export function apiKeyToken(header: string | undefined): string | undefined {
  return /^[^\s]+$/.exec(header ?? '')?.[0];
}

/** SHA-256 of a token, in hexadecimal; stored and compared instead of the token. */
export function tokenDigest(token: string): string {
  return hash('sha256', token);
}
