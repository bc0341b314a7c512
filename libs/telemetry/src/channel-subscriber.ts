import type { Channel } from 'node:diagnostics_channel';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

/** Base of a provider that listens to channels (`node:diagnostics_channel`) while the app lives. */
export abstract class ChannelSubscriber implements OnModuleInit, OnApplicationShutdown {
  private readonly listeners: [Channel, (message: unknown) => void][] = [];

  onModuleInit(): void {
    for (const [channel, listener] of this.listeners) channel.subscribe(listener);
  }

  onApplicationShutdown(): void {
    for (const [channel, listener] of this.listeners) channel.unsubscribe(listener);
  }

  /** Subscribes to a channel with messages of type `T` from the start of the app; call it in the constructor. */
  protected subscribe<T>(channel: Channel, listener: (message: T) => void): void {
    this.listeners.push([channel, (message) => listener(message as T)]);
  }
}
