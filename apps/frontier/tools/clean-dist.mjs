import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// What was built of files that are gone would be packed as well.
rmSync(fileURLToPath(new URL('../dist', import.meta.url)), { recursive: true, force: true });
