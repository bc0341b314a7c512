import { globSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');

/** One place in the sources that makes an error. */
interface ErrorSource {
  code: string;
  status: number;
  /** Absent where it depends on the arguments. */
  isRetryable?: boolean;
  /** The folder under `libs/`. */
  lib: string;
  /** The doc comments of the function that makes it, or of the functions that call this one where it has none. */
  meanings: string[];
}

/** Every `new AppError(..., { code: '...' })` of the libraries, and the same as a `super` call. */
export function errorSources(): ErrorSource[] {
  return globSync('libs/*/src/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.endsWith('.spec.ts') && !file.includes('/testing/'))
    .map((file) => file.split(sep).join('/'))
    .toSorted()
    .flatMap((file) => sourcesOf(file, readFileSync(join(ROOT, file), 'utf8')));
}

function sourcesOf(file: string, text: string): ErrorSource[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: ErrorSource[] = [];
  const visit = (node: ts.Node): void => {
    const error = isErrorCall(node) ? propertiesOf(node) : undefined;
    if (error) found.push({ ...error, lib: file.split('/')[1], meanings: meaningsOf(node, source) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isErrorCall(node: ts.Node): node is ts.NewExpression | ts.CallExpression {
  if (ts.isNewExpression(node)) return node.expression.getText() === 'AppError';
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword;
}

/** Absent where the code is not a literal: such an error passes on another one. */
function propertiesOf({
  arguments: given,
}: ts.NewExpression | ts.CallExpression): Pick<ErrorSource, 'code' | 'status' | 'isRetryable'> | undefined {
  const options = given?.[1];
  if (!options || !ts.isObjectLiteralExpression(options)) return undefined;
  const values = new Map<string, ts.Expression>();
  for (const property of options.properties)
    if (ts.isPropertyAssignment(property)) values.set(property.name.getText(), property.initializer);
  const code = values.get('code');
  if (!code || !ts.isStringLiteral(code)) return undefined;
  const retryable = values.get('retryable')?.getText() ?? 'false';
  return {
    code: code.text,
    status: Number(values.get('status')?.getText()),
    isRetryable: retryable === 'true' || retryable === 'false' ? retryable === 'true' : undefined,
  };
}

/** Doc comments of the function around a node; of a private helper or a class, those of the functions of the file that call it. */
function meaningsOf(node: ts.Node, source: ts.SourceFile): string[] {
  const maker = ts.findAncestor(node, (at) => ts.isFunctionDeclaration(at) || ts.isClassDeclaration(at)) as
    ts.FunctionDeclaration | ts.ClassDeclaration | undefined;
  const own = maker && ts.isFunctionDeclaration(maker) ? docOf(maker) : undefined;
  if (own !== undefined) return [own];
  const name = maker?.name?.text;
  const callers = source.statements
    .filter((statement) => ts.isFunctionDeclaration(statement))
    .filter((statement) => statement !== maker && callsOf(statement).has(name))
    .map(docOf);
  return callers.filter((doc) => doc !== undefined);
}

function callsOf(node: ts.Node): Set<string | undefined> {
  const names = new Set<string | undefined>();
  const visit = (at: ts.Node): void => {
    if (ts.isCallExpression(at) || ts.isNewExpression(at)) names.add(at.expression.getText());
    ts.forEachChild(at, visit);
  };
  visit(node);
  return names;
}

/** The text of a doc comment before its tags, in one line. */
function docOf(node: ts.Node): string | undefined {
  const comment = ts.getJSDocCommentsAndTags(node).find((doc) => ts.isJSDoc(doc));
  const text = comment && ts.getTextOfJSDocComment(comment.comment);
  return text
    ?.replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const INTRODUCTION = `# Errors

Generated from the functions that make the errors. The code is stable: programs should read it, and not the message, which says what to do next.

- On our own routes an error is a problem document (RFC 9457): \`{type, title, status, detail, code, request_id, errors}\`. The routes of
  [OpenAI's API](openai.md#streams-and-errors) answer \`{"error": {message, type, param, code}}\`; there \`unauthorized\` is called \`invalid_api_key\`. Those of
  [Anthropic's API](anthropic.md#answers) answer \`{"type": "error", "error": {type, message}, request_id}\`, without the code; those of the
  [Open Inference Protocol](open-inference.md) answer \`{"error": "..."}\`. On all three,
  \`invalid_request\`, \`invalid_json_schema\` and \`context_length_exceeded\` have the status 400. After the first event of a stream, an error is its last event.
- **Retry**: whether the same request can succeed later, unchanged. Then \`Retry-After\` says when, where that is known.
- Exceptions of Nest (\`throw new ConflictException()\`) and errors of Fastify keep their status. Their code is the words of the status in snake_case:
  404 is \`not_found\`, 409 \`conflict\`, 418 \`im_a_teapot\`; but 400 is \`malformed_request\`, 413 \`body_too_large\` and 500 \`internal_error\`.
- How a team adds a code: [extending](extending.md#an-error-code).

| Code | Status | Retry | Thrown by | Meaning |
| --- | --- | --- | --- | --- |
`;

/** The page docs/errors.md: one row for each code. */
export function errorReference(): string {
  const byCode = Map.groupBy(errorSources(), ({ code }) => code);
  const rows = [...byCode]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, sources]) => {
      const libs = unique(sources.map(({ lib }) => lib)).map((lib) => `[${lib}](../libs/${lib}/README.md)`);
      const cells = [
        `\`${code}\``,
        unique(sources.map(({ status }) => status)).join(', '),
        retryOf(sources),
        libs.join(', '),
        unique(sources.flatMap(({ meanings }) => meanings)).join(' '),
      ];
      return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`;
    });
  return INTRODUCTION + rows.join('');
}

function retryOf(sources: readonly ErrorSource[]): string {
  const answers = unique(sources.map(({ isRetryable }) => isRetryable));
  if (answers.length > 1 || answers[0] === undefined) return 'sometimes';
  return answers[0] ? 'yes' : 'no';
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
