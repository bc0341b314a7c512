import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from './app.module.js';

const adapter = process.env.PLATFORM === 'express' ? new ExpressAdapter() : new FastifyAdapter();
// `rawBody` keeps the bytes that the signatures of webhooks are over.
const app = await NestFactory.create(AppModule, adapter, { rawBody: true, logger: ['error', 'warn'] });
app.enableShutdownHooks();
SwaggerModule.setup('docs', app, () =>
  SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Own app').build()),
);
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
process.stdout.write(`Listening on ${await app.getUrl()}\n`);
