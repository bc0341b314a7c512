import { useState } from 'preact/hooks';
import { bytes, clock, count, duration, NONE, percent } from '../format/numbers.js';
import type { LiveModel } from '../live/live-events.js';
import { hello, isAdmin, models, requests, serverNow, tick } from '../live/live-store.js';
import { messageOf, postJson } from '../session/api.js';
import { useTicker } from '../shell/ticker.js';
import { Title } from '../shell/title.js';
import { DataTable } from '../table/data-table.js';
import { ModelStatus } from './model-status.js';

const COLUMNS = [
  { name: 'Name' },
  { name: 'Task' },
  { name: 'Status' },
  { name: 'Precision' },
  { name: 'Context', kind: 'number' },
  { name: 'Memory', kind: 'number' },
  { name: 'Last use', kind: 'number' },
] as const;

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
      <DataTable
        label="Models"
        columns={isAdmin.value ? [...COLUMNS, { name: 'Actions', kind: 'unseen' }] : COLUMNS}
        isLoading={hello.value === null}
        below={
          hello.value !== null &&
          models.value.length === 0 && (
            <p class="empty">
              No model. Put a folder or .gguf into MODELS_DIR, or: <code>frontier pull hf:org/name</code>
            </p>
          )
        }
      >
        {models.value.map((model) => (
          <ModelRow key={model.id} model={model} budget={budget} />
        ))}
      </DataTable>
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
      setError(messageOf(problem));
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
