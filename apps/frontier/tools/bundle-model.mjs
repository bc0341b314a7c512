/** Copies the demonstration model into the package, which publishes it: `npm pack` takes no files from outside. */
import { cpSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../../models/storyteller', import.meta.url));
const target = fileURLToPath(new URL('../models/storyteller', import.meta.url));

rmSync(target, { recursive: true, force: true });
// The goldens of its tests are no part of the model.
cpSync(source, target, { recursive: true, filter: (file) => basename(file) !== 'golden.json' });
