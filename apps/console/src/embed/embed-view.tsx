import { computed, signal } from '@preact/signals';
import { models } from '../live/live-store.js';
import { messageOf, postJson } from '../session/api.js';
import { Title } from '../shell/title.js';
import { linesOf, MAX_TEXTS, type TextRow } from './similarity.js';
import { SimilarityGrid } from './similarity-grid.js';

const SAMPLES = [
  'The fox sleeps.',
  'A fox is asleep.',
  'The cat runs.',
  'Rain falls today.',
  'It is raining now.',
  'Stocks fell.',
];
/** Requests at once. */
const AT_ONCE = 4;

const text = signal(SAMPLES.join('\n'));
const chosenModel = signal('');
const rows = signal<readonly TextRow[]>([]);
const isComputing = signal(false);
const encoders = computed(() => models.value.filter(({ task }) => task === 'embed').map(({ id }) => id));
const model = computed(() =>
  encoders.value.includes(chosenModel.value) ? chosenModel.value : (encoders.value[0] ?? ''),
);

export function EmbedView() {
  return (
    <div class="wide page">
      <Title text="Embed" />
      {encoders.value.length === 0 ? (
        <p class="empty">No model of this server makes embeddings.</p>
      ) : (
        <>
          <TextForm />
          <SimilarityGrid rows={rows.value} />
        </>
      )}
    </div>
  );
}

function TextForm() {
  const lines = linesOf(text.value);
  return (
    <form
      class="panel embed-form"
      onSubmit={(event) => {
        event.preventDefault();
        void compare(lines);
      }}
    >
      <label for="texts">Texts, one a line, at most {MAX_TEXTS}</label>
      <textarea
        id="texts"
        rows={6}
        value={text.value}
        onInput={({ currentTarget }) => (text.value = currentTarget.value)}
      />
      <div class="row">
        <select
          aria-label="Model"
          value={model.value}
          onChange={({ currentTarget }) => (chosenModel.value = currentTarget.value)}
        >
          {encoders.value.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <span class="caption">{lines.length} texts</span>
        <span class="spacer" />
        <button type="submit" class="primary" disabled={isComputing.value || lines.length === 0}>
          Compare
        </button>
      </div>
    </form>
  );
}

/** A request for each text, all to one model: rows fill as they come, and an error is in the row of its text. */
async function compare(lines: string[]): Promise<void> {
  const name = model.value;
  isComputing.value = true;
  rows.value = lines.map((line, i) => ({ number: i + 1, text: line, vector: null, error: null }));
  const waiting = [...rows.value];
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      const done = await embed(row, name);
      rows.value = rows.value.map((other) => (other.number === done.number ? done : other));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  isComputing.value = false;
}

async function embed(row: TextRow, name: string): Promise<TextRow> {
  try {
    const body = { model: name, input: row.text, encoding_format: 'float' };
    const { data } = await postJson<{ data: { embedding: number[] }[] }>('/v1/embeddings', body);
    return { ...row, vector: data[0].embedding };
  } catch (error) {
    return { ...row, error: messageOf(error) };
  }
}
