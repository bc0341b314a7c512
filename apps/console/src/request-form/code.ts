import type { ApiRequest } from './request-body.js';

export const LANGUAGES = ['curl', 'openai (Node)', 'Python'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The same request in a language; the key is the variable `KEY`. @param base URL of the server, without `/v1` */
export function codeOf(language: Language, base: string, request: ApiRequest): string {
  if (language === 'curl') return curl(base, request);
  return language === 'Python' ? python(base, request) : node(base, request);
}

function curl(base: string, { path, body }: ApiRequest): string {
  return [
    `curl ${base}${path} \\`,
    '  -H "Authorization: Bearer $KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d ${shellQuoted(JSON.stringify(body))}`,
  ].join('\n');
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const method = ({ path }: ApiRequest): string => (path === '/v1/completions' ? 'completions' : 'chat.completions');
const result = ({ path }: ApiRequest): string => (path === '/v1/completions' ? 'text' : 'message.content');

function node(base: string, request: ApiRequest): string {
  return [
    'import OpenAI from "openai";',
    '',
    `const client = new OpenAI({ baseURL: "${base}/v1", apiKey: process.env.KEY });`,
    `const { choices } = await client.${method(request)}.create(${JSON.stringify(request.body, null, 2)});`,
    `console.log(choices[0].${result(request)});`,
  ].join('\n');
}

function python(base: string, request: ApiRequest): string {
  const fields = Object.entries(request.body).map(([name, value]) => `    ${name}=${pythonLiteral(value)},`);
  return [
    'import os',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${base}/v1", api_key=os.environ["KEY"])`,
    `answer = client.${method(request)}.create(`,
    ...fields,
    ')',
    `print(answer.choices[0].${result(request)})`,
  ].join('\n');
}

/** JSON is Python but for its three words. */
function pythonLiteral(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${pythonLiteral(field)}`);
    return `{${fields.join(', ')}}`;
  }
  return JSON.stringify(value);
}
