import { useState } from 'preact/hooks';
import { apiUrl } from '../session/api.js';
import { copyText } from '../shell/copy-text.js';
import { Segments } from '../shell/segments.js';
import { messagesWith, thread } from './chat.js';
import { codeOf, type Language, LANGUAGES } from '../request-form/code.js';
import { currentForm, draft } from '../request-form/form.js';
import { requestOf } from '../request-form/request-body.js';
import { STARTERS } from '../request-form/starters.js';

/** The same request in other languages, always in step with the form. */
export function CodePanel() {
  const [language, setLanguage] = useState<Language>('curl');
  const [copyLabel, setCopyLabel] = useState('Copy');
  const code = codeOf(language, apiUrl('').replace(/\/$/, ''), requestOf(currentForm.value, nextMessages()));
  const copy = async (): Promise<void> => {
    setCopyLabel((await copyText(code)) ? 'Copied' : 'Not copied');
    setTimeout(() => setCopyLabel('Copy'), 2000);
  };
  return (
    <section class="panel" aria-label="The same request">
      <div class="row">
        <h2>The same request</h2>
        <span class="spacer" />
        <button type="button" class="small" onClick={() => void copy()}>
          {copyLabel}
        </button>
      </div>
      <Segments label="Language" name="language" options={LANGUAGES} value={language} onChange={setLanguage} />
      <pre class="code" tabIndex={0}>
        {code}
      </pre>
    </section>
  );
}

/** Messages that Send would send; those of the last request where the draft is empty. */
function nextMessages() {
  const last = thread.value.at(-1);
  if (draft.value !== '' || last === undefined) return messagesWith(draft.value || STARTERS[currentForm.value.mode][0]);
  const messages = messagesWith(last.prompt);
  // Without the turn itself, which is a part of the thread by now.
  return last.mode === 'chat' && last.answer.text !== '' ? messages.toSpliced(-3, 2) : messages;
}
