/**
 * Downloads files of models before the server starts, as the chart's init container does:
 *
 *   node apps/server/dist/fetch-files.js '[{"url": "https://...", "sha256": "...", "path": "/models/model.gguf"}]'
 */
import { fetchFile, type FileToFetch } from './fetch-file.js';

try {
  for (const file of JSON.parse(process.argv[2] ?? '[]') as FileToFetch[]) {
    const isNew = await fetchFile(file);
    process.stdout.write(`${file.path} ${isNew ? 'is downloaded' : 'is there already'}.\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
