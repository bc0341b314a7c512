import { selected } from './selected-token.js';
import { chancesOf, chanceText, visible } from './token.js';

/** The chances that the model gave a token and its rivals; never above the text that it explains. */
export function TokenPanel() {
  if (selected.value === null) {
    return (
      <section class="panel token-panel token-panel-empty" aria-label="Token">
        <h2>Token</h2>
        <p class="caption">Choose one in an answer: click it, or use the arrows.</p>
      </section>
    );
  }
  const { answer, index } = selected.value;
  const token = answer.tokens[index];
  const chances = chancesOf(token);
  return (
    <section class="panel token-panel" aria-label="Token" aria-live="polite">
      <div class="row">
        <h2>
          Token {index + 1} of {answer.tokens.length}
        </h2>
        <span class="spacer" />
        <button type="button" class="icon sheet-only" aria-label="Close" onClick={() => (selected.value = null)}>
          ×
        </button>
      </div>
      <table class="chances">
        <tbody>
          {chances.map(({ text, probability, isChosen, isOthers }) => (
            <tr key={text} class={isChosen ? 'chosen' : undefined}>
              <th scope="row">{isOthers ? 'others' : visible(text)}</th>
              <td class="chance-bar">
                <span style={{ width: `${Math.max(1, probability * 100)}%` }} />
              </td>
              <td class="number">{chanceText(probability)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="caption">before temperature and penalties</p>
    </section>
  );
}
