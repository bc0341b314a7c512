import { computed, effect, signal, untracked } from '@preact/signals';
import { connection } from '../live/connection.js';
import { models } from '../live/live-store.js';
import { currentForm } from '../request-form/form.js';
import { isAnswering, sendDraft } from './chat.js';

/** The draft is sent when its model is ready, whatever view is open then. */
export const isQueued = signal(false);

/** The model that the draft goes to, while it loads. Once the live stream is lost, nothing would say that it is ready. */
export const loadingModel = computed(() => {
  const { phase } = connection.value;
  if (phase === 'lost' || phase === 'none') return undefined;
  return models.value.find(({ id, status }) => id === currentForm.value.model && status === 'loading');
});

/** Sends the draft, at once or when its model is ready. */
export function submitDraft(): void {
  if (loadingModel.value) isQueued.value = true;
  else void sendDraft();
}

/** Sends a queued draft when its model is ready, or when the server stops saying whether it is. */
export function sendQueued(): void {
  effect(() => {
    const { phase } = connection.value;
    // Between two streams nothing is known of any model.
    if (phase === 'idle' || phase === 'connecting') return;
    if (!isQueued.value || loadingModel.value || isAnswering.value) return;
    untracked(() => {
      isQueued.value = false;
      void sendDraft();
    });
  });
}
