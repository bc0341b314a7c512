import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Outputs of removed sources would be packed as well.
rmSync(fileURLToPath(new URL('../dist', import.meta.url)), { recursive: true, force: true });
