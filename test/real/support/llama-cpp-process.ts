/**
 * llama.cpp in a process of its own, which a native crash may end. It takes `{ id, method, args }` over IPC and responds with
 * `{ id, result }` or `{ id, error }`.
 */
import { LlamaCppModel } from './llama-cpp-model.ts';

const [path, threads] = process.argv.slice(2);
const model = LlamaCppModel.load(path, Number(threads));

interface Call {
  id: number;
  method: Exclude<keyof LlamaCppModel, 'constructor'>;
  args: never[];
}

process.on('message', ({ id, method, args }: Call) => {
  void model
    .then(async (loaded) => (loaded[method] as (...list: never[]) => unknown)(...args))
    .then(
      (result) => process.send!({ id, result }),
      (error: unknown) => process.send!({ id, error: String(error) }),
    );
});
// The other side is gone.
process.on('disconnect', () => process.exit());
