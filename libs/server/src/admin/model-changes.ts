import type { ServerSentEvent } from '@frontier/http';
import { type ModelChange, modelChangeChannel, type ModelDescription } from '@frontier/inference';
import { toModelObject } from '@frontier/inference-http';

/**
 * The models, then each of their changes: `model` with all that there is to know of one, `gone` with the name of one that the server has no more. A
 * slow reader gets the newest state of each model alone.
 * @param signal ends it
 */
export async function* modelChanges(
  models: () => readonly ModelDescription[],
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const news = new Map<string, ModelDescription | undefined>();
  let wake = (): void => {};
  const onChange = (message: unknown): void => {
    const { model, description } = message as ModelChange;
    news.set(model, description);
    wake();
  };
  const onEnd = (): void => wake();
  modelChangeChannel.subscribe(onChange);
  for (const model of models()) news.set(model.id, model);
  signal.addEventListener('abort', onEnd);
  try {
    while (!signal.aborted) {
      for (const [id, model] of news) {
        news.delete(id);
        yield model ? { event: 'model', data: toModelObject(model) } : { event: 'gone', data: { id } };
      }
      if (news.size === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    modelChangeChannel.unsubscribe(onChange);
    signal.removeEventListener('abort', onEnd);
  }
}
