import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { count } from '../format/numbers.js';
import { models } from '../live/live-store.js';
import { loadingText } from '../live/status-sentence.js';
import { isAnswering, stop, thread } from './chat.js';
import { loadingModel, submitDraft } from './queued-send.js';
import { change, currentForm, draft, generators } from '../request-form/form.js';

/** The composer is usable at once; a message to a model that loads is sent when it is ready. */
export function Composer() {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const { mode, model: name } = currentForm.value;
  const context = models.value.find(({ id }) => id === name)?.context;
  const loading = loadingModel.value;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submitDraft();
      }}
    >
      <label class="visually-hidden" for="draft">
        Message
      </label>
      <textarea
        ref={field}
        id="draft"
        rows={2}
        value={draft.value}
        placeholder={
          mode === 'completion'
            ? 'Begin a text; the model continues it.'
            : 'Write a message. Enter sends, Shift+Enter breaks the line.'
        }
        onInput={(event) => (draft.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          submitDraft();
        }}
      />
      <div class="row composer-row">
        <ModelPicker />
        <span class="caption">
          {loading ? `${loadingText(loading)}; a message is sent when it is ready` : <ContextUse context={context} />}
        </span>
        <span class="spacer" />
        {isAnswering.value && (
          <button type="button" onClick={stop}>
            Stop <kbd>Esc</kbd>
          </button>
        )}
        <button type="submit" class="primary" disabled={isAnswering.value}>
          Send
        </button>
      </div>
    </form>
  );
}

function ModelPicker() {
  const names = generators.value;
  return (
    <>
      <label class="visually-hidden" for="model">
        Model
      </label>
      <select
        id="model"
        class="plain-select"
        value={currentForm.value.model}
        onChange={(event) => change({ model: event.currentTarget.value })}
      >
        {names.map((name) => {
          const status = models.value.find(({ id }) => id === name)?.status;
          return (
            <option key={name} value={name}>
              {status === undefined || status === 'ready' ? name : `${name} (${status})`}
            </option>
          );
        })}
      </select>
    </>
  );
}

/** Tokens of the context in use after the last answer. */
function ContextUse({ context }: { context: number | null | undefined }) {
  const usage = useComputed(() => thread.value.at(-1)?.answer.usage.value);
  if (!usage.value) return null;
  const used = count(usage.value.prompt_tokens + usage.value.completion_tokens);
  return <>{context ? `${used} of ${count(context)} tokens` : `${used} tokens`}</>;
}
