/** The parts of a request of Fastify or Express that hold its body. */
interface RequestWithBody {
  headers: Readonly<Record<string, unknown>>;
  /** The parsed body, or its bytes where the route's parser leaves them. */
  body?: unknown;
  /** The bytes that Nest keeps with `rawBody: true`. */
  rawBody?: unknown;
}

const EMPTY = new Uint8Array();

/**
 * The bytes of a request's body, as they came; none where the request has no body.
 * @throws an `Error` that says how to turn them on, where the app keeps only the parsed body
 */
export function rawBodyOf(request: object): Uint8Array {
  const { headers, body, rawBody } = request as RequestWithBody;
  if (rawBody instanceof Uint8Array) return rawBody;
  if (body instanceof Uint8Array) return body;
  const isChunked = headers['transfer-encoding'] !== undefined && body !== undefined && body !== null;
  if (!isChunked && !(Number(headers['content-length']) > 0)) return EMPTY;
  throw new Error(
    'The signature of a webhook covers the raw bytes of its body, and this app does not keep them. Create it with ' +
      '`NestFactory.create(AppModule, { rawBody: true })`, and let a parser read the content type of the message.',
  );
}
