import { MODEL_KEYS } from './models-file.js';
import { VARIABLES } from './variables.js';

/** The configuration reference in Markdown, made from what the server checks. */
export function configurationReference(): string {
  const variables = Object.entries(VARIABLES).map(
    ([name, { defaultText, allowed, description }]) =>
      `| \`${name}\` | ${code(defaultText)} | ${allowed} | ${description} |`,
  );
  const keys = Object.entries(MODEL_KEYS).map(
    ([name, { expected, required, description }]) =>
      `| \`${name}\` | ${required ? 'yes' : 'no'} | ${expected} | ${description} |`,
  );
  return [
    '# Configuration',
    '',
    'Generated from the tables that the server checks its configuration with. A wrong value stops the start with one line',
    'that names it; an empty value counts as unset.',
    '',
    '## Environment variables',
    '',
    '| Variable | Default | Values | Meaning |',
    '| --- | --- | --- | --- |',
    ...variables,
    '',
    '## Models',
    '',
    'The YAML file that `TRUTHGPT_CONFIG` names has two keys: `models`, a list, and `default`, the name of the model that',
    'answers requests which name none (default: the first). Each model is a mapping; an unknown key stops the start by name.',
    '',
    '| Key | Required | Value | Meaning |',
    '| --- | --- | --- | --- |',
    ...keys,
    '',
  ].join('\n');
}

function code(text: string): string {
  return text === 'unset' ? text : `\`${text}\``;
}
