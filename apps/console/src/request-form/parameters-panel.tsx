import { Segments } from '../shell/segments.js';
import { change, currentForm, type Form } from './form.js';
import { parseSchema } from './request-body.js';

const MODES = ['chat', 'completion'] as const;

const NUMBERS: [keyof Form & string, string, string][] = [
  ['temperature', '1', '0 to 2'],
  ['top_p', '1', '0 to 1'],
  ['max_tokens', 'model', 'from 1'],
  ['seed', 'none', 'a whole number'],
];

const EXAMPLE_SCHEMA = JSON.stringify(
  {
    type: 'object',
    properties: { animal: { enum: ['fox', 'owl', 'mouse'] }, is_brave: { type: 'boolean' } },
    required: ['animal', 'is_brave'],
  },
  null,
  1,
);

export function ParametersPanel() {
  const form = currentForm.value;
  return (
    <section class="panel parameters" aria-label="Parameters">
      <h2>Parameters</h2>
      <Segments
        label="Kind of request"
        name="mode"
        options={MODES}
        value={form.mode}
        onChange={(mode) => change({ mode })}
      />
      {NUMBERS.map(([name, placeholder, range]) => (
        <label key={name} class="parameter">
          <span>{name}</span>
          <input
            inputMode="decimal"
            autocomplete="off"
            value={form[name] as string}
            placeholder={placeholder}
            title={range}
            onInput={(event) => change({ [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <label class="parameter">
        <span>stop</span>
        <input
          autocomplete="off"
          value={form.stop}
          placeholder="none"
          title="Texts that end the answer, separated by commas"
          onInput={(event) => change({ stop: event.currentTarget.value })}
        />
      </label>
      <label class="parameter">
        <span>probabilities</span>
        <select
          value={form.probabilities ? 'top 5' : 'off'}
          onChange={(event) => change({ probabilities: event.currentTarget.value !== 'off' })}
        >
          <option>top 5</option>
          <option>off</option>
        </select>
      </label>
      {form.mode === 'chat' && <ChatFields form={form} />}
    </section>
  );
}

function ChatFields({ form }: { form: Form }) {
  const isWrong = form.schema.trim() !== '' && parseSchema(form.schema) === undefined;
  return (
    <>
      <details>
        <summary>System message</summary>
        <textarea
          aria-label="System message"
          rows={3}
          value={form.system}
          onInput={(event) => change({ system: event.currentTarget.value })}
        />
      </details>
      <details>
        <summary>JSON schema{form.schema.trim() === '' || isWrong ? '' : ' · on'}</summary>
        <textarea
          class="mono"
          aria-label="JSON schema"
          aria-invalid={isWrong}
          rows={6}
          spellcheck={false}
          placeholder={EXAMPLE_SCHEMA}
          value={form.schema}
          onInput={(event) => change({ schema: event.currentTarget.value })}
        />
        {isWrong && <p class="caption bad">This is not JSON yet; it is not sent.</p>}
        {form.schema === '' && (
          <button type="button" onClick={() => change({ schema: EXAMPLE_SCHEMA })}>
            Take the example
          </button>
        )}
      </details>
    </>
  );
}
