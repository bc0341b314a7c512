import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { unsupportedMediaType } from '../errors/http.errors.js';

/** US-ASCII is a part of UTF-8. */
const CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Proves that a body is not compressed, and in UTF-8.
 * @throws `unsupported_media_type`
 */
export function assertPlainEncoding(headers: IncomingHttpHeaders, reply: FastifyReply): void {
  const coding = contentCoding(headers);
  if (coding !== undefined) {
    // The codings that would do (RFC 9110, section 12.5.3).
    reply.header('accept-encoding', 'identity');
    throw unsupportedMediaType(`The body has Content-Encoding: ${coding}, which is not supported. Send it as it is.`);
  }
  const charset = foreignCharset(headers);
  if (charset === undefined) return;
  throw unsupportedMediaType(`The body is in the charset ${charset}, which is not supported. Send it in UTF-8.`);
}

function contentCoding(headers: IncomingHttpHeaders): string | undefined {
  if (headers['content-encoding'] === undefined) return undefined;
  const codings = headers['content-encoding'].split(',').map((coding) => coding.trim().toLowerCase());
  return codings.find((coding) => coding !== '' && coding !== 'identity')?.slice(0, 64);
}

function foreignCharset(headers: IncomingHttpHeaders): string | undefined {
  if (!headers['content-type']?.includes(';')) return undefined;
  for (const [, quoted, bare] of (headers['content-type'] ?? '').matchAll(
    /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]*))/gi,
  )) {
    const charset = quoted ?? bare;
    if (!CHARSETS.has(charset.toLowerCase())) return JSON.stringify(charset.slice(0, 64));
  }
  return undefined;
}
