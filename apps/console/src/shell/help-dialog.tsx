import { useEffect, useRef } from 'preact/hooks';
import { serverVersion } from '../session/start.js';
import { hasLetters, isHelpOpen } from './shortcuts.js';

const KEYS: [string, string][] = [
  ['g then p l m r j e', 'Play, Live, Models, Requests, Jobs, Embed'],
  ['Enter', 'send; open a row'],
  ['Shift + Enter', 'break the line'],
  ['Esc', 'stop the answer; close'],
  ['n', 'new chat'],
  ['← → Home End', 'tokens of an answer, cells of a grid'],
  ['↑ ↓', 'rows'],
  ['Space', 'pause the lanes'],
  ['/', 'filter'],
  ['c', 'copy the record'],
  ['t', 'theme'],
  ['k', 'key'],
  ['?', 'this list'],
];

export function HelpDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isHelpOpen.value) dialog.current!.showModal();
    else dialog.current!.close();
  }, [isHelpOpen.value]);
  return (
    <dialog ref={dialog} class="panel help" aria-labelledby="help-title" onClose={() => (isHelpOpen.value = false)}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([key, effect]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={hasLetters.value} onChange={() => (hasLetters.value = !hasLetters.value)} />
        Single letters are keys
      </label>
      <div class="row">
        <span class="caption">{serverVersion.value !== null && `Frontier ${serverVersion.value}`}</span>
        <span class="spacer" />
        <button type="button" class="primary" onClick={() => (isHelpOpen.value = false)}>
          Close
        </button>
      </div>
    </dialog>
  );
}
