import { EncoderEngine, type LoadedEncoder, type TextTokenizer } from '@frontier/engine';

/** Duration of the passes of one batch in the engine, and bare, in milliseconds. */
export interface Pair {
  engineMs: number;
  bareMs: number;
}

type Run = (feeds: unknown, fetches: unknown) => Promise<unknown>;

/** Times passes of the engine over requests of one text, each followed by a bare `session.run` with its very inputs. */
export async function timePasses(
  model: LoadedEncoder,
  tokenizer: TextTokenizer,
  batches: readonly string[][],
): Promise<Pair[]> {
  const { runner } = model;
  const engine = new EncoderEngine(
    model,
    // The passes are those of the batches, whatever time they take.
    { maxBatchSize: 1024, flushTimeoutMs: 0, passMs: 1e6 },
  );
  const session = Reflect.get(runner, 'session') as { run: Run };
  const run = session.run.bind(session);
  let pass: Parameters<Run>;
  session.run = (...recorded) => run(...(pass = recorded));
  const pairs: Pair[] = [];
  for (const texts of batches) {
    const inputs = texts.map((text) => tokenizer.encodeInput(text));
    let [engineMs, bareMs] = [0, 0];
    const startedAt = performance.now();
    for (const [i, input] of inputs.entries()) engine.add({ id: `${i}`, inputs: [input], output: 'vector' });
    engineMs += performance.now() - startedAt;
    // Texts of unlike lengths are no single pass.
    while (engine.hasWork) {
      const passStartedAt = performance.now();
      await engine.step();
      engineMs += performance.now() - passStartedAt;
      const bareStartedAt = performance.now();
      await run(...pass!);
      bareMs += performance.now() - bareStartedAt;
    }
    pairs.push({ engineMs, bareMs });
  }
  session.run = run;
  return pairs;
}
