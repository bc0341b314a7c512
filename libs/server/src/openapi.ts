import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { toOpenApi31 } from '@frontier/http';
import { VERSION } from './config/version.js';

/** Serves Swagger UI at `/docs` and the OpenAPI document at `/docs/json`. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Frontier Inference')
    .setDescription('Language models on ONNX Runtime, batched continuously and streamed.')
    .setVersion(VERSION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'TRUTHGPT_API_TOKEN, or a key of API_KEYS_FILE.' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same token.' }, 'x-api-key')
    .addTag('inference', 'Generate text.')
    .addTag('openai', "Routes of OpenAI's API.")
    .addTag('anthropic', "Routes of Anthropic's API.")
    .addTag('encoders', 'Embeddings, reranking and classification.')
    .addTag('jobs', 'Generations that run in the background.')
    .addTag('webhooks', 'Signed messages.')
    .addTag('admin', 'For keys with the admin flag.')
    .addTag('system', 'State of the server.')
    .build();
  SwaggerModule.setup('docs', app, () => toOpenApi31(SwaggerModule.createDocument(app, config)), {
    jsonDocumentUrl: 'docs/json',
    yamlDocumentUrl: 'docs/yaml',
    swaggerOptions: { persistAuthorization: true },
    customSiteTitle: 'Frontier Inference API',
  });
}

/** Makes the document before anybody asks for it: the first request does, which takes 80 ms of the event loop. */
export async function prepareOpenApi(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  for (const path of ['/docs/json', '/docs/yaml']) await fastify.inject(path);
}
