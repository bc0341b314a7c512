/** `npm run k8s:render`: writes what is made of the chart: the plain manifests, and the table in its README. */
import { writeFileSync } from 'node:fs';
import { README, renderReadme } from './chart-readme.ts';
import { MANIFESTS, renderManifests } from './manifests.ts';

writeFileSync(MANIFESTS, await renderManifests());
writeFileSync(README, renderReadme());
