// Renders the templates that stand on its input, for chat-templates-fuzz.py.
import { readFileSync } from 'node:fs';
import { ChatRenderer } from '../../libs/engine/dist/chat/chat-renderer.js';

const { sources, variables } = JSON.parse(readFileSync(0, 'utf8'));
const results = sources.map((source) => {
  try {
    return { text: new ChatRenderer(source).render(variables) };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
});
process.stdout.write(JSON.stringify(results));
