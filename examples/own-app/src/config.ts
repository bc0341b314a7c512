import { resolve } from 'node:path';

/** Variables of this app. */
export const config = {
  model: resolve(process.env.MODEL ?? '../../models/storyteller'),
  dataFolder: process.env.DATA_DIR ?? './data',
  token: process.env.TOKEN ?? 'own-token',
  guestToken: process.env.GUEST_TOKEN ?? 'guest-token',
  webhookSecret: process.env.WEBHOOK_SECRET ?? 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  /** Whether errors are answered by Nest's own filter. */
  plainFilter: process.env.PLAIN_FILTER === 'true',
};
