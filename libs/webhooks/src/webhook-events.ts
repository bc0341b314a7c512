import { channel } from 'node:diagnostics_channel';

/** What {@link webhookChannel} carries. */
export interface WebhookReceived {
  /** `replayed`: it was received before. `unhandled`: nobody handles its type. */
  result: 'handled' | 'unhandled' | 'replayed';
}

/** Publishes a {@link WebhookReceived} for each message that was accepted (`node:diagnostics_channel`). */
export const webhookChannel = channel('frontier.webhook');
