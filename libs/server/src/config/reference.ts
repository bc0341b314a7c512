import { z } from 'zod';
import { MODEL_KEY_DOCS, MODEL_KEYS } from './models-schema.js';
import { VARIABLE_DOCS } from './variable.js';
import { VARIABLES } from './variables.js';

/** The configuration reference in Markdown, made from the schemas that the server checks its configuration with. */
export function configurationReference(): string {
  const variables = Object.entries(VARIABLES).map(([name, variable]) => {
    const { defaultText, allowed, description } = VARIABLE_DOCS.get(variable)!;
    return `| \`${name}\` | ${code(defaultText)} | ${allowed} | ${description} |`;
  });
  const keys = Object.entries(MODEL_KEYS).map(([name, key]) => {
    const { expected, description } = MODEL_KEY_DOCS.get(key)!;
    return `| \`${name}\` | ${key instanceof z.ZodOptional ? 'no' : 'yes'} | ${expected} | ${description} |`;
  });
  return [
    '# Configuration',
    '',
    'Generated from the schemas that the server checks its configuration with. Wrong values stop the start, with a line for each',
    'of them; an empty value counts as unset.',
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
