import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { messageOf } from '@frontier/errors';
import { Breaker } from '@frontier/resilience';
import { createClient, ErrorReply } from 'redis';
import { redisUnavailable } from './redis.errors.js';
import { DEFAULT_COMMAND_TIMEOUT_MS, RedisModuleOptions } from './redis.options.js';

/** Time that the start of the app waits for Redis. */
const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 1000;
const REPORT_INTERVAL_MS = 10_000;
const RECONNECT_INTERVAL_MS = 1000;
/** Time after which a connection is made anew: one to a replica may then lead to its primary. */
const STUCK_AFTER_MS = 3000;
/** Parts in which the time of a command is counted. */
const TIMEOUT_TICKS = 5;
const PROBE_KEY = 'frontier:probe';
/** Refusals that any write would get: of a replica, without memory or disk, or while the data is being loaded. */
const REFUSES_WRITES = /^(READONLY|OOM|MISCONF|NOREPLICAS|LOADING|MASTERDOWN|CLUSTERDOWN)\b/;

const createFailFastClient = ({ url }: RedisModuleOptions) =>
  createClient({
    url,
    // Commands are refused at once while there is no connection, instead of waiting for one.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, MAX_RECONNECT_DELAY_MS),
    },
  });

/** A node-redis client. */
export type RedisClient = ReturnType<typeof createFailFastClient>;

/**
 * The app's connection to Redis. It is opened at start and again whenever it is lost, for as long as the app lives; a
 * Redis that is away, or that hangs, makes commands fail in `commandTimeoutMs` at most, and after three such at once. One
 * that refuses writes, as a replica does, is as good as away; a write is tried every second.
 */
@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  readonly client: RedisClient;
  private readonly breaker = new Breaker('redis', { failureThreshold: 3, openMs: 1000, isFault: () => true });
  private readonly logger = new Logger('Redis');
  private readonly commandTimeoutMs: number;
  private lost = false;
  private refusal: string | undefined;
  private reportedAt = -Infinity;
  private connectingSince = 0;
  private readonly reconnecting: NodeJS.Timeout;

  constructor(@Inject(RedisModuleOptions) options: RedisModuleOptions) {
    this.commandTimeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    this.client = createFailFastClient(options);
    this.reconnecting = setInterval(() => void this.reconnect(), RECONNECT_INTERVAL_MS).unref();
    this.client.on('ready', () => {
      if (this.refusal === undefined) this.logger.log('Connected.');
      this.lost = false;
    });
    // Without a listener the client's errors would end the process. It repeats them at every attempt.
    this.client.on('error', (error) => {
      if (!this.lost) this.logger.error(`Not available: ${messageOf(error)}. It is tried again until it is.`);
      this.lost = true;
    });
  }

  /** True where commands are expected to succeed. */
  get isAvailable(): boolean {
    return this.client.isReady && this.refusal === undefined && this.breaker.state === 'closed';
  }

  /** Reason for which Redis refuses writes, in its own words, while it does. */
  get writeRefusal(): string | undefined {
    return this.client.isReady ? this.refusal : undefined;
  }

  async onModuleInit(): Promise<void> {
    await Promise.race([
      this.connect().then(() => this.probe()),
      new Promise((resolve) => setTimeout(resolve, CONNECT_TIMEOUT_MS).unref()),
    ]);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.reconnecting);
    await this.client.disconnect().catch(() => {});
  }

  /**
   * Runs commands on the client.
   * @throws `redis_unavailable` for any fault
   */
  async run<T>(commands: (client: RedisClient) => Promise<T>): Promise<T> {
    if (!this.client.isReady || this.refusal !== undefined) throw redisUnavailable();
    try {
      return await this.execute(commands);
    } catch (error) {
      this.reportRefusal(error);
      throw redisUnavailable(error);
    }
  }

  private execute<T>(commands: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.breaker.execute(() => this.inTime(commands(this.client)));
  }

  private async connect(): Promise<void> {
    this.connectingSince = performance.now();
    await this.client.connect().catch(() => {});
  }

  /** Probes whether Redis takes writes, also where no command is sent, and replaces a connection that is dead. */
  private async reconnect(): Promise<void> {
    const isStuck = this.client.isReady || performance.now() - this.connectingSince > STUCK_AFTER_MS;
    const isGood = await this.probe();
    if (isGood || this.isAvailable || !isStuck || !this.client.isOpen) return;
    // A replica is asked for a while whether it has become the primary.
    if (this.refusal !== undefined && performance.now() - this.connectingSince < STUCK_AFTER_MS) return;
    // Whatever is on the old connection, the peer may be gone without a word.
    await this.client.disconnect().catch(() => {});
    await this.connect();
  }

  /** Tries a write. @returns true if it was taken */
  private async probe(): Promise<boolean> {
    if (!this.client.isReady) return false;
    try {
      await this.execute((client) => client.set(PROBE_KEY, '', { PX: RECONNECT_INTERVAL_MS }).catch(ignoreOwnFault));
    } catch (error) {
      this.noteRefusal(error);
      return false;
    }
    if (this.refusal !== undefined) this.logger.log('Writes are taken again.');
    this.refusal = undefined;
    return true;
  }

  private noteRefusal(error: unknown): void {
    if (!isWriteRefusal(error)) return;
    if (this.refusal === undefined) this.logger.error(`Writes are refused: ${error.message}`);
    this.refusal = error.message;
  }

  /** Logs a refusal of Redis itself, for lack of memory or as wrong, for an operator to mend. */
  private reportRefusal(error: unknown): void {
    this.noteRefusal(error);
    if (!(error instanceof ErrorReply) || performance.now() - this.reportedAt < REPORT_INTERVAL_MS) return;
    this.reportedAt = performance.now();
    this.logger.error(`A command was refused: ${error.message}`);
  }

  private inTime<T>(reply: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const late = (): void => reject(new Error(`No reply within ${this.commandTimeoutMs} ms.`));
    let left = TIMEOUT_TICKS;
    // A long callback of this process holds ticks up and is one at most: it is no fault of Redis.
    const timer = setInterval(() => --left === 0 && late(), this.commandTimeoutMs / TIMEOUT_TICKS);
    reply.then(resolve, reject).finally(() => clearInterval(timer));
    return promise;
  }
}

function isWriteRefusal(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply && REFUSES_WRITES.test(error.message);
}

/** Ignores that this user may not write the probe's key: a Redis that replies is there. */
function ignoreOwnFault(error: unknown): void {
  if (!(error instanceof ErrorReply) || isWriteRefusal(error)) throw error;
}
