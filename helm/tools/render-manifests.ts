/** `npm run k8s:render`: writes the plain manifests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MANIFESTS, renderManifests } from './manifests.ts';

mkdirSync(dirname(MANIFESTS), { recursive: true });
writeFileSync(MANIFESTS, await renderManifests());
