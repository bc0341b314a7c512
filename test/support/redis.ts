import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** True if tests that need a Redis can run; where they must (`REQUIRE_REDIS`), they fail instead of being skipped. */
export const hasRedis = process.env.REQUIRE_REDIS === '1' || isInstalled();

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** A Redis server of the test's own, on a free port. */
export class TestRedis {
  private process: ChildProcess | undefined;
  private readonly port: number;
  private readonly options: string[];

  private constructor(port: number, options: string[]) {
    this.port = port;
    this.options = options;
  }

  /** @param folder where it appends what it is told, so that it survives; without one it forgets */
  static start(folder?: string): Promise<TestRedis> {
    const storage = folder === undefined ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--dir', folder];
    return TestRedis.startWith(['--save', '', ...storage]);
  }

  /** @param options of its command line, beside address and port */
  static async startWith(options: string[]): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), options);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, empty, after it was killed. */
  async start(): Promise<void> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', ...this.options];
    this.process = spawn('redis-server', args, { stdio: 'ignore' });
    while (!(await this.answers())) await sleep(10);
  }

  /** Forgets everything. */
  async flush(): Promise<void> {
    await this.command('FLUSHALL');
  }

  /** Runs a command; returns its reply. */
  async command(line: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.end(`${line}\r\n`);
    return Buffer.concat(await socket.toArray()).toString();
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process!.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await once(this.process!, 'exit');
  }

  private async answers(): Promise<boolean> {
    if (this.process!.exitCode !== null) throw new Error('redis-server did not start.');
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
