import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a hub does with one request in place of answering it; `undefined`: it answers as it should. */
export type Misbehaviour = (request: FakeHubRequest) => boolean | undefined;

export interface FakeHubRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** Path of the file that is asked for; `undefined` for the description of the repository. */
  path?: string;
  content: Buffer;
  /** Requests of this path until now, this one included. */
  count: number;
}

const PIECE_MS = 60;

export const FAKE_COMMIT = 'c0ffee'.padEnd(40, '0');
export const FAKE_REPOSITORY = 'frontier/tiny';

/** A hub with one repository on a port of loopback, which misbehaves as a test wants it. */
export class FakeHub {
  readonly requests: { path: string; range: string | undefined; token: string | undefined }[] = [];
  misbehave: Misbehaviour = () => undefined;
  /** Given with the files of the description; a test may change it. */
  describe = (files: object[]): unknown => ({ id: FAKE_REPOSITORY, sha: FAKE_COMMIT, siblings: files });

  private constructor(
    private readonly server: Server,
    private readonly files: ReadonlyMap<string, Buffer>,
  ) {}

  static async start(files: Record<string, Buffer>): Promise<FakeHub> {
    const server = createServer();
    const hub = new FakeHub(server, new Map(Object.entries(files)));
    server.on('request', (request, response) => hub.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Paths of the files that were requested. */
  get fileRequests(): string[] {
    return this.requests.map(({ path }) => path).filter((path) => !path.startsWith('/api/'));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.url);
    const path = decodeURIComponent(url.pathname);
    const { range, authorization } = request.headers;
    this.requests.push({ path, range, token: authorization });
    const count = this.requests.filter((each) => each.path === path).length;
    const name = /^\/[^/]+\/[^/]+\/resolve\/[^/]+\/(.+)$/.exec(path)?.[1];
    const content = this.files.get(name ?? '') ?? Buffer.alloc(0);
    if (this.misbehave({ request, response, content, count, ...(name !== undefined && { path: name }) })) return;
    if (path.startsWith(`/api/models/${FAKE_REPOSITORY}/revision/`)) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.description()));
    } else if (path.startsWith(`/api/models/${FAKE_REPOSITORY}/tree/`)) {
      // What Python's client asks for in place of the files of the description.
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.tree()));
    } else if (name !== undefined && this.files.has(name)) {
      this.send(response, request, name, content);
    } else {
      response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end('{"error":"Repository not found"}');
    }
  }

  private description(): unknown {
    return this.describe(
      [...this.files].map(([rfilename, content]) => ({
        rfilename,
        size: content.length,
        blobId: gitId(content),
        ...(isLarge(rfilename) && { lfs: { sha256: sha256(content), size: content.length, pointerSize: 130 } }),
      })),
    );
  }

  private tree(): unknown {
    return [...this.files].map(([path, content]) => ({
      type: 'file',
      path,
      size: content.length,
      oid: gitId(content),
      ...(isLarge(path) && { lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } }),
    }));
  }

  /** As the hub does, with the headers that Python's client wants. */
  private send(response: ServerResponse, request: IncomingMessage, name: string, content: Buffer): void {
    const etag = isLarge(name) ? sha256(content) : gitId(content);
    response.setHeaders(
      new Map([
        ['etag', `"${etag}"`],
        ['x-repo-commit', FAKE_COMMIT],
        ['accept-ranges', 'bytes'],
        ...(isLarge(name)
          ? ([
              ['x-linked-etag', `"${etag}"`],
              ['x-linked-size', `${content.length}`],
            ] as const)
          : []),
      ]),
    );
    const offset = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (offset > 0 && offset >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const rest = content.subarray(offset);
    response.writeHead(offset > 0 ? 206 : 200, {
      'content-length': rest.length,
      ...(offset > 0 && { 'content-range': `bytes ${offset}-${content.length - 1}/${content.length}` }),
    });
    if (request.method === 'HEAD') response.end();
    else response.end(rest);
  }
}

/** Sends the weights in pieces of so many bytes, one each 60 ms, from the offset that was requested. */
export function sendSlowly(pieceBytes: number): Misbehaviour {
  return ({ request, response, content, path }) => {
    if (path !== 'model.safetensors') return false;
    let offset = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
    response.writeHead(offset > 0 ? 206 : 200, {
      'content-length': content.length - offset,
      ...(offset > 0 && { 'content-range': `bytes ${offset}-${content.length - 1}/${content.length}` }),
    });
    const timer = setInterval(() => {
      response.write(content.subarray(offset, (offset += pieceBytes)));
      if (offset < content.length) return;
      clearInterval(timer);
      response.end();
    }, PIECE_MS);
    response.on('close', () => clearInterval(timer));
    return true;
  };
}

function isLarge(name: string): boolean {
  return /\.(safetensors|gguf|onnx)$/.test(name);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function gitId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
