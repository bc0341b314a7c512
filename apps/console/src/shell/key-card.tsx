import { useEffect, useRef } from 'preact/hooks';
import { giveKey, isAskedFor, keyState } from '../session/key.js';

/** Takes the place of a view until there is a key. */
export function KeyCard() {
  const field = useRef<HTMLInputElement>(null);
  const isRefused = keyState.value === 'refused';
  useEffect(() => field.current?.focus(), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const value = field.current!.value.trim();
    if (value === '') return;
    field.current!.value = '';
    giveKey(value);
  };
  return (
    <section class="panel key-card" aria-labelledby="key-title">
      <h1 id="key-title">{isRefused ? 'The key was refused' : 'Key'}</h1>
      <p>
        {isRefused ? 'Give another one: what you wrote is still there.' : 'The server answers callers that have a key.'}{' '}
        The page keeps it in memory only; a reload forgets it.
      </p>
      <form onSubmit={submit}>
        <label for="key">API key</label>
        <div class="row">
          <input ref={field} id="key" type="password" autocomplete="off" spellcheck={false} required />
          <button class="primary" type="submit">
            Use this key
          </button>
          {keyState.value === 'given' && (
            <button type="button" onClick={() => (isAskedFor.value = false)}>
              Keep the old one
            </button>
          )}
        </div>
      </form>
      <p class="caption">
        The operator's is <code>TRUTHGPT_API_TOKEN</code>; where it was not set, the server printed one when it started.
      </p>
    </section>
  );
}
