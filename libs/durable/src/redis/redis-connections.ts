import { Redis, type RedisOptions } from 'ioredis';

/** A command that takes longer is given up. */
const COMMAND_TIMEOUT_MS = 2000;

const COMMANDS: RedisOptions = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  connectTimeout: COMMAND_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
};

/** The connections to one Redis. */
export class RedisConnections {
  /** Address of the Redis, without the secrets of its URL. */
  readonly address: string;
  private readonly connections: Redis[] = [];

  constructor(private readonly url: string) {
    this.address = `Redis ${URL.canParse(url) ? new URL(url).host : ''}`.trim();
  }

  /** A connection whose commands give up soon. */
  forCommands(): Redis {
    return this.connect(COMMANDS);
  }

  /** A connection for a worker, which waits for Redis however long it takes. */
  forWorker(): Redis {
    return this.connect({ maxRetriesPerRequest: null });
  }

  /** Waits, within the time of a command, until all connections are ready. */
  async areReady(): Promise<boolean> {
    const connected = this.connections
      .filter(({ status }) => status !== 'ready')
      .map((connection) => new Promise<void>((resolve) => connection.once('ready', resolve)));
    await withinCommandTimeout(Promise.all(connected));
    return this.connections.every(({ status }) => status === 'ready');
  }

  close(): void {
    for (const connection of this.connections) connection.disconnect();
  }

  private connect(options: RedisOptions): Redis {
    const connection = new Redis(this.url, options);
    // Commands report the errors of their connection.
    connection.on('error', () => {});
    this.connections.push(connection);
    return connection;
  }
}

/** Waits for work that may never end, since Redis may be away for good. */
export async function withinCommandTimeout(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, COMMAND_TIMEOUT_MS)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
