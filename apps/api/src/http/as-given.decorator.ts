import { Transform } from 'class-transformer';

const originals = new WeakMap<object, Record<string, unknown>>();

/** Stands for the contents of a field; no check of a text, a number or a flag takes it for one. */
const CONTENTS = Symbol('contents');

/**
 * Keeps the contents of fields from class-transformer, which would copy them, and fail or leave out what is called like a member
 * of objects (`constructor`, `toString`).
 * @param classFields those that are of a class
 */
export function withoutContents(body: object, classFields: readonly string[]): object {
  const outline = { ...body } as Record<string, unknown>;
  for (const [field, value] of Object.entries(outline)) {
    if (typeof value === 'object' && value !== null && !classFields.includes(field)) outline[field] = CONTENTS;
  }
  originals.set(outline, body as Record<string, unknown>);
  return outline;
}

/** Takes a field as it was parsed, where {@link withoutContents} has kept it. */
export const AsGiven = (): PropertyDecorator =>
  Transform(({ obj, key }) => (originals.get(obj as object) ?? (obj as Record<string, unknown>))[key], {
    toClassOnly: true,
  });
