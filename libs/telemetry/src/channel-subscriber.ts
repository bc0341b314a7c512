import type { Channel } from 'node:diagnostics_channel';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

/** Hears channels while the app lives. */
export abstract class ChannelSubscriber implements OnModuleInit, OnApplicationShutdown {
  private readonly listeners: [Channel, (message: unknown) => void][] = [];

  onModuleInit(): void {
    for (const [channel, listener] of this.listeners) channel.subscribe(listener);
  }

  onApplicationShutdown(): void {
    for (const [channel, listener] of this.listeners) channel.unsubscribe(listener);
  }

  /** @param listener gets what the channel carries, of type `T` */
  protected hear<T>(channel: Channel, listener: (message: T) => void): void {
    this.listeners.push([channel, (message) => listener(message as T)]);
  }
}
