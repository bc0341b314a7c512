import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { messageOf } from '@frontier/errors';
import { Breaker } from '@frontier/resilience';
import { createClient, ErrorReply } from 'redis';
import { MODULE_OPTIONS_TOKEN } from './redis.module-definition.js';
import { redisUnavailable } from './redis.errors.js';
import { DEFAULT_COMMAND_TIMEOUT_MS, type RedisModuleOptions } from './redis.options.js';

/** How long the start of the app waits for Redis. */
const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 1000;
const REPORT_INTERVAL_MS = 10_000;
const HEAL_INTERVAL_MS = 1000;
/** A connection that was not made in this time never will be. */
const STUCK_AFTER_MS = 3000;

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
 * Redis that is away, or that hangs, makes commands fail in `commandTimeoutMs` at most, and after three such at once.
 */
@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  readonly client: RedisClient;
  private readonly breaker = new Breaker('redis', { failureThreshold: 3, openMs: 1000, isFault: () => true });
  private readonly logger = new Logger('Redis');
  private readonly commandTimeoutMs: number;
  private lost = false;
  private reportedAt = -Infinity;
  private connectingSince = 0;
  private readonly healing: NodeJS.Timeout;

  constructor(@Inject(MODULE_OPTIONS_TOKEN) options: RedisModuleOptions) {
    this.commandTimeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    this.client = createFailFastClient(options);
    this.healing = setInterval(() => this.heal(), HEAL_INTERVAL_MS).unref();
    this.client.on('ready', () => {
      this.logger.log('Connected.');
      this.lost = false;
    });
    // Without a listener the client's errors would end the process. It repeats them at every attempt.
    this.client.on('error', (error) => {
      if (!this.lost) this.logger.error(`Not available: ${messageOf(error)}. It is tried again until it is.`);
      this.lost = true;
    });
  }

  /** Whether commands are expected to succeed now. */
  get isAvailable(): boolean {
    return this.client.isReady && this.breaker.state === 'closed';
  }

  async onModuleInit(): Promise<void> {
    await Promise.race([this.connect(), new Promise((resolve) => setTimeout(resolve, CONNECT_TIMEOUT_MS).unref())]);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.healing);
    await this.client.disconnect().catch(() => {});
  }

  /**
   * Runs commands on the client.
   * @throws `redis_unavailable` whatever goes wrong
   */
  async run<T>(commands: (client: RedisClient) => Promise<T>): Promise<T> {
    if (!this.client.isReady) throw redisUnavailable();
    try {
      return await this.breaker.execute(() => this.inTime(commands(this.client)));
    } catch (error) {
      this.reportRefusal(error);
      throw redisUnavailable(error);
    }
  }

  private async connect(): Promise<void> {
    this.connectingSince = performance.now();
    await this.client.connect().catch(() => {});
  }

  /** Finds out whether Redis is back, also where nobody asks it anything, and takes leave of a connection that is dead. */
  private heal(): void {
    if (this.isAvailable) return;
    const isStuck = this.client.isReady || performance.now() - this.connectingSince > STUCK_AFTER_MS;
    void this.run((client) => client.ping()).catch(async () => {
      if (!isStuck || !this.client.isOpen) return;
      // Whatever is on the old connection, the peer may be gone without a word.
      await this.client.disconnect().catch(() => {});
      await this.connect();
    });
  }

  /** What Redis itself refuses, for lack of memory or as wrong, is for an operator to mend. */
  private reportRefusal(error: unknown): void {
    if (!(error instanceof ErrorReply) || performance.now() - this.reportedAt < REPORT_INTERVAL_MS) return;
    this.reportedAt = performance.now();
    this.logger.error(`A command was refused: ${error.message}`);
  }

  private inTime<T>(reply: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const late = (): void => reject(new Error(`No reply within ${this.commandTimeoutMs} ms.`));
    const timer = setTimeout(late, this.commandTimeoutMs);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
    return promise;
  }
}
