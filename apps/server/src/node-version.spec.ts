import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MIN_NODE_MAJOR, nodeVersionProblem } from './node-version.js';

describe(nodeVersionProblem, () => {
  it.each(['18.20.4', '20.20.2', '23.11.0'])('names %s, what is needed and how to get it', (found) => {
    expect(nodeVersionProblem(found)).toMatch(
      new RegExp(`Node ${found}.*Node ${MIN_NODE_MAJOR} or later.*npm start.*npm ci`),
    );
  });

  it.each(['24.0.0', '26.10.0', '100.0.0'])('has nothing against %s', (found) => {
    expect(nodeVersionProblem(found)).toBeUndefined();
  });

  it('needs what the package says', () => {
    const root = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      engines: { node: string };
    };
    expect(root.engines.node).toBe(`>=${MIN_NODE_MAJOR}`);
  });
});
