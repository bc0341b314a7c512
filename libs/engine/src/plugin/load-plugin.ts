import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '@frontier/errors';
import type { EnginePlugin } from './engine-plugin.js';
import { pluginInvalid, pluginThrew } from './plugin.errors.js';

/** A plugin and the URL of its module. */
export interface LoadedPlugin {
  plugin: EnginePlugin;
  url: string;
}

/**
 * Imports the module of a plugin, whose default export is an {@link EnginePlugin}.
 * @param specifier a file URL, a path (a relative one begins with a dot, from the working directory on), or the name of a
 * package that is installed for the working directory or beside this one
 * @throws `model_invalid` where there is no such module or it exports no plugin, `engine_error` where it throws
 */
export async function loadPlugin(specifier: string): Promise<LoadedPlugin> {
  const url = resolveSpecifier(specifier);
  let module: { default?: unknown };
  try {
    module = (await import(url)) as typeof module;
  } catch (error) {
    throw isMissing(error) ? pluginInvalid(specifier, messageOf(error), error) : pluginThrew(specifier, error);
  }
  return { plugin: asPlugin(module.default, specifier), url };
}

function resolveSpecifier(specifier: string): string {
  if (/^(file|node|data):/.test(specifier)) return specifier;
  if (isAbsolute(specifier)) return pathToFileURL(specifier).href;
  const workingDirectory = pathToFileURL(join(process.cwd(), '/'));
  if (/^\.\.?\//.test(specifier)) return new URL(specifier, workingDirectory).href;
  try {
    return pathToFileURL(createRequire(workingDirectory).resolve(specifier)).href;
  } catch {
    // A package may have nothing for `require`, or be installed beside this one alone.
  }
  try {
    return import.meta.resolve(specifier);
  } catch (error) {
    throw pluginInvalid(specifier, messageOf(error), error);
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT';
}

const HOOKS = ['prompt', 'output'] as const;

function asPlugin(exported: unknown, specifier: string): EnginePlugin {
  const refuse = (reason: string): never => {
    throw pluginInvalid(specifier, reason);
  };
  if (typeof exported !== 'object' || exported === null) {
    return refuse('its module has no default export that is an object. Export defineEnginePlugin({ ... }) as default.');
  }
  const plugin: EnginePlugin = exported;
  for (const hook of HOOKS) {
    if (plugin[hook] !== undefined && typeof plugin[hook] !== 'function') refuse(`"${hook}" is no function.`);
  }
  for (const [name, factory] of Object.entries(plugin.logitsProcessors ?? {})) {
    if (typeof factory !== 'function') refuse(`the logits processor "${name}" is no function.`);
  }
  return plugin;
}
