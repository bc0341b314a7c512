import { connect, type Socket } from 'node:net';

/** Requests at once that read all that comes, on connections of their own. */
export class JobFollowers {
  /** Responses by status. */
  readonly statuses: Record<number, number> = {};
  begun = 0;
  /** Followers whose last event was an end. */
  ended = 0;
  private readonly sockets: Socket[] = [];

  static of(url: string, path: string, token: string, count: number): JobFollowers {
    const followers = new JobFollowers();
    for (let i = 0; i < count; i++) followers.follow(Number(new URL(url).port), path, token);
    return followers;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private follow(port: number, path: string, token: string): void {
    const socket = connect(port, '127.0.0.1');
    this.sockets.push(socket);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      if (text === '') {
        const status = Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString())?.[1]);
        this.statuses[status] = (this.statuses[status] ?? 0) + 1;
        this.begun++;
      }
      text += chunk.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (/event: (succeeded|cancelled|failed)/.test(text)) this.ended++;
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`);
  }
}
