import { isHubReference } from '@frontier/engine/hub';
import type { EngineState } from '../channels/engine-channels.js';
import type { ModelEngineFactory, ModelEngineOptions } from '../engine/model-engine.js';
import { loadAbandoned } from '../generation/batching.errors.js';
import { expectedBytes } from './expected-bytes.js';
import type { MemoryBudget } from './memory-budget.js';
import type { ResidentEngine } from './resident-engine.js';
import { revisionPath } from './revision-path.js';

interface StartOptions {
  budget: MemoryBudget;
  createEngine: ModelEngineFactory;
  /** Whether anybody still waits for the model. */
  isWanted: () => boolean;
  /** The engine that serves until this one is ready. */
  replaces: ResidentEngine | undefined;
  /** Makes it leave again, when another model needs its memory. */
  leave: () => Promise<void>;
  /** The memory is there: the engine is about to be created. */
  onAdmitted: () => void;
  onState: (state: EngineState) => void;
}

/**
 * Waits for a model's memory, then for its engine. A model that is downloaded first takes its memory when it is there.
 * @throws the reason why it cannot be loaded
 */
export async function startEngine(
  model: ModelEngineOptions,
  resident: ResidentEngine,
  { budget, createEngine, isWanted, replaces, leave, onAdmitted, onState }: StartOptions,
): Promise<void> {
  const admit = async (path: string): Promise<void> => {
    if (budget.limitBytes !== undefined) resident.estimate = expectedBytes(model.task, { ...model.engine, path });
    const isStillWanted = (): boolean => isWanted() && !resident.isGivenUp;
    await budget.enter({ name: model.name, resident, replaces, isWanted: isStillWanted }, leave);
    if (resident.isGivenUp) throw loadAbandoned(model.name);
  };
  const { path } = model.engine;
  if (!isHubReference(path)) await admit(path);
  onAdmitted();
  const engine = { ...model.engine, path: revisionPath(path), memoryLimitBytes: budget.roomOf(resident) };
  resident.start(() => createEngine({ ...model, engine, admit, onState }));
  await resident.arrived;
}
