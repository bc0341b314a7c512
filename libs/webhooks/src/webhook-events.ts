import { channel } from 'node:diagnostics_channel';

/** An accepted message: the message of {@link webhookChannel}. */
export interface WebhookReceived {
  /** `replayed`: it was received before. `unhandled`: no handler has its type. */
  result: 'handled' | 'unhandled' | 'replayed';
}

/** Publishes a {@link WebhookReceived} for each message that was accepted (`node:diagnostics_channel`). */
export const webhookChannel = channel('frontier.webhook');
