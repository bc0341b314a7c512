import { Module } from '@nestjs/common';
import { ConfigurableModuleClass } from './redis.options.js';
import { RedisConnection } from './redis-connection.js';

/** Provides the one {@link RedisConnection} of the app. */
@Module({ providers: [RedisConnection], exports: [RedisConnection] })
export class RedisModule extends ConfigurableModuleClass {}
