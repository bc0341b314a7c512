import { describe, expect, it } from 'vitest';
import { serveConfig } from './serve-options.js';

describe(serveConfig, () => {
  it.each([
    [{ config: 'models.yaml', precision: 'int8' }, {}],
    [{ config: 'models.yaml', keep: true }, {}],
    [{ onDemand: true }, { TRUTHGPT_CONFIG: 'models.yaml' }],
  ])('takes no option of named models for a file: %j %j', async (options, env) => {
    await expect(serveConfig([], options, { HOME: '/home/user', ...env })).rejects.toMatchObject({
      message: '--precision, --keep and --on-demand are for models that are named.',
      exitCode: 2,
      hints: [['In the file', 'precision, residency: docs/configuration.md#models']],
    });
  });
});
