import { useState } from 'preact/hooks';
import { bytes, clock, count, duration, NONE, percent } from '../format/numbers.js';
import type { LiveModel } from '../live/live-events.js';
import { hello, isAdmin, models, requests, serverNow, tick } from '../live/live-store.js';
import { ApiError, postJson } from '../session/api.js';
import { SkeletonRows } from '../shell/skeleton-rows.js';
import { useTicker } from '../shell/ticker.js';
import { Title } from '../shell/title.js';
import { ModelStatus } from './model-status.js';

export function ModelsView() {
  const budget = hello.value?.server.memory_limit ?? null;
  const used = models.value.reduce((sum, { memory }) => sum + (memory ?? 0), 0);
  return (
    <div class="wide page">
      <Title text="Models" />
      <p class="muted">
        {bytes(used)} of {bytes(budget)} of memory
        {hello.value !== null && !isAdmin.value && ' · Loading and unloading need a key with the admin flag.'}
      </p>
      <section class="panel table-panel" aria-label="Models">
        <table class="data models" aria-busy={hello.value === null}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Task</th>
              <th scope="col">Status</th>
              <th scope="col">Precision</th>
              <th scope="col" class="number">
                Context
              </th>
              <th scope="col" class="number">
                Memory
              </th>
              <th scope="col" class="number">
                Last use
              </th>
              {isAdmin.value && <th scope="col" aria-label="Actions" />}
            </tr>
          </thead>
          <tbody>
            {hello.value === null ? (
              <SkeletonRows columns={7} />
            ) : (
              models.value.map((model) => <ModelRow key={model.id} model={model} budget={budget} />)
            )}
          </tbody>
        </table>
        {hello.value !== null && models.value.length === 0 && (
          <p class="empty">
            No model. Put a folder or .gguf into MODELS_DIR, or: <code>frontier pull hf:org/name</code>
          </p>
        )}
      </section>
    </div>
  );
}

function ModelRow({ model, budget }: { model: LiveModel; budget: number | null }) {
  useTicker(1000, model.error != null || model.idle_unload_at !== null);
  const memory = model.memory ?? tick.value?.models[model.id]?.rss ?? null;
  const size = memory === null ? (model.estimate === null ? NONE : `~${bytes(model.estimate)}`) : bytes(memory);
  return (
    <tr data-model={model.id}>
      <th scope="row">
        {model.id}
        {model.aliases.length > 0 && <span class="muted block">also {model.aliases.join(', ')}</span>}
      </th>
      <td data-label="Task">{model.task ?? NONE}</td>
      <td data-label="Status">
        <ModelStatus model={model} />
      </td>
      <td data-label="Precision">{[model.precision, model.provider].filter(Boolean).join(' · ') || NONE}</td>
      <td class="number" data-label="Context">
        {count(model.context)}
      </td>
      <td class="number" data-label="Memory">
        {size}
        {memory !== null && budget !== null && budget > 0 && <span class="muted block">{percent(memory / budget, 1)}</span>}
      </td>
      <td class="number" data-label="Last use">
        {lastUse(model)}
      </td>
      {isAdmin.value && (
        <td class="number">
          <Actions model={model} />
        </td>
      )}
    </tr>
  );
}

function lastUse({ id, idle_unload_at: unloadAt }: LiveModel) {
  const last = requests.value.find(({ model }) => model === id);
  const at = last === undefined ? NONE : clock(last.at + (last.end?.ms ?? 0));
  return (
    <>
      {at}
      {unloadAt !== null && unloadAt > serverNow() && <span class="muted block">unloads in {duration(unloadAt - serverNow())}</span>}
    </>
  );
}

/** Load and unload; the stream says how it goes on, the answer only why it does not. */
function Actions({ model }: { model: LiveModel }) {
  const [error, setError] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const ask = async (action: 'load' | 'unload'): Promise<void> => {
    setAsking(true);
    setError(null);
    try {
      await postJson(`/admin/models/${encodeURIComponent(model.id)}/${action}?wait=false`);
    } catch (problem) {
      setError(problem instanceof ApiError ? problem.message : String(problem));
    }
    setAsking(false);
  };
  const { status } = model;
  return (
    <>
      {(status === 'unloaded' || status === 'failed') && (
        <button type="button" class="small" disabled={isAsking} onClick={() => void ask('load')}>
          {status === 'failed' ? 'Load again' : 'Load'}
        </button>
      )}
      {status === 'ready' && (
        <button type="button" class="small" disabled={isAsking} onClick={() => void ask('unload')}>
          Unload
        </button>
      )}
      {error !== null && (
        <p class="bad action-error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}
