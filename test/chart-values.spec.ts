import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modelsValueSchema, VARIABLES, variableValueSchema } from '@frontier/server/config';
import { Ajv } from 'ajv';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';

const FILE = resolve(import.meta.dirname, '../helm/frontier-inference/values.schema.json');

interface ValuesSchema {
  properties: { models: object; config: { properties: Record<string, object> } };
}

describe("the chart's schema of values", () => {
  it('has the schemas that the server checks its configuration with (mend with `npm run test:unit -- -u`)', async () => {
    const schema = JSON.parse(readFileSync(FILE, 'utf8')) as ValuesSchema;
    const { config } = schema.properties;
    for (const name of Object.keys(config.properties)) {
      config.properties[name] = variableValueSchema(name as keyof typeof VARIABLES);
    }
    schema.properties.models = modelsValueSchema();
    const options = await resolveConfig(join(FILE, '..'));
    const text = await format(JSON.stringify(schema, null, 2), { ...options, parser: 'json' });
    await expect(text).toMatchFileSnapshot(FILE);
  });

  it('takes numbers and flags as such or as texts, and refuses what the server would refuse', () => {
    const accepts = (name: keyof typeof VARIABLES, value: unknown): boolean =>
      new Ajv({ strict: false }).validate(variableValueSchema(name), value);
    const good = [8, '8', ''].map((value) => accepts('BATCH_MAX_SIZE', value));
    expect([...good, accepts('ENABLE_TRACING', false), accepts('LOG_LEVEL', 'debug')]).not.toContain(false);
    const bad = [0, 1025, 1.5, 'eight', true].map((value) => accepts('BATCH_MAX_SIZE', value));
    expect([...bad, accepts('ENABLE_TRACING', 'yes'), accepts('LOG_LEVEL', 'LOUD')]).not.toContain(true);
  });
});
