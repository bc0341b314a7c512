import { createOpenAI } from '@ai-sdk/openai';
import { experimental_decide as decide } from 'ai';
import OpenAI, { BadRequestError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';

type Decision = OpenAI.Decision;
type Answer<Type extends string> = Extract<Decision['answers'][number], { type: Type }>;
type Choice = Answer<'choice'>;
type Score = Answer<'score'>;

const STORY = 'Tom was happy. He played with his red ball in the park. '.repeat(12);
const QUESTIONS: OpenAI.DecisionCreateParams['questions'] = [
  { type: 'predicate', name: 'happy', instructions: 'Tom is happy.' },
  {
    type: 'choice',
    instructions: [{ type: 'input_text', text: 'Which color is the ball?' }],
    choices: [{ value: 'red' }, { value: 'blue', description: 'like the sky' }, { value: true }],
  },
  { type: 'score', name: 'mood', instructions: 'How is the mood?', levels: [{ label: 'sad' }, { label: 'glad' }] },
];
/** As the questions are written behind the input. */
const WRITTEN = [
  'Tom is happy.\n\nIs this true? Answer with Yes or No only.',
  'Which color is the ball?\n\nA. red\nB. blue: like the sky\nC. true\n\nAnswer with the letter of one option only.',
  'How is the mood?\n\n0. sad\n1. glad\n\nAnswer with the number of one level only.',
];
const SPELLINGS = [
  [
    ['Yes', 'yes'],
    ['No', 'no'],
  ],
  [['A'], ['B'], ['C']],
  [['0'], ['1']],
];

describe('/v1/decisions', () => {
  let server: TestServer;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startServer({ env: { ENABLE_DECISIONS: 'true' } });
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, maxRetries: 0 });
  });
  afterAll(() => server.close());

  const ask = (input: OpenAI.DecisionCreateParams['input'], questions = QUESTIONS): Promise<Decision> =>
    client.decisions.create({ model: 'gpt-4o', input, questions });
  const tokensOf = async (body: object): Promise<number[]> =>
    ((await (await server.post('/tokenize', body)).json()) as { tokens: number[] }).tokens;

  /** The probability of a token behind a prompt, as a prompt with it echoes it. */
  async function probability(prompt: readonly number[], token: number): Promise<number> {
    const body = { prompt: [...prompt, token], echo: true, max_tokens: 0, logprobs: 0 };
    const { choices } = (await (await server.post('/v1/completions', body)).json()) as OpenAI.Completion;
    return Math.exp(choices[0].logprobs!.token_logprobs!.at(-1)!);
  }

  it('has the probabilities of the labels behind the written question, and what follows from them', async () => {
    const { model, answers, usage } = await ask(STORY);
    expect([model, answers.map(({ name }) => name)]).toEqual(['storyteller', ['happy', null, 'mood']]);
    let promptTokens = 0;
    for (const [i, answer] of answers.entries()) {
      const prompt = await tokensOf({ messages: [{ role: 'user', content: `${STORY}\n\n${WRITTEN[i]}` }] });
      promptTokens += prompt.length;
      const masses: number[] = [];
      for (const spellings of SPELLINGS[i]) {
        const ids = new Set<number>();
        for (const spelling of spellings) {
          for (const before of ['', ' ', '\n']) {
            const id = (await tokensOf({ prompt: before + spelling, add_special_tokens: false })).at(-1)!;
            const text = ((await (await server.post('/detokenize', { tokens: [id] })).json()) as { prompt: string })
              .prompt;
            if (text.trim() === spelling) ids.add(id);
          }
        }
        let mass = 0;
        for (const id of ids) mass += await probability(prompt, id);
        masses.push(mass);
      }
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      const expected = masses.map((mass) => mass / total);
      const got =
        answer.type === 'predicate'
          ? [answer.probability, 1 - answer.probability]
          : (answer as Choice | Score).probabilities.map((each) => each.probability);
      // A prompt with the label in it is cut elsewhere, and rounds otherwise.
      for (const [j, value] of got.entries()) expect(value).toBeCloseTo(expected[j], 2);
      if (answer.type !== 'predicate') {
        expect((answer as Choice).confidence / Math.max(...masses)).toBeCloseTo(1, 1);
      }
    }
    const [, choice, score] = answers as [Answer<'predicate'>, Choice, Score];
    expect(choice.probabilities.map(({ value }) => value)).toEqual(['red', 'blue', true]);
    const best = choice.probabilities.toSorted((a, b) => b.probability - a.probability)[0];
    expect(choice.choice).toBe(best.value);
    expect(score.probabilities.map(({ value, label }) => [value, label])).toEqual([
      [0, 'sad'],
      [1, 'glad'],
    ]);
    expect(score.score).toBe(score.probabilities[1].probability);
    expect(usage).toMatchObject({ input_tokens: promptTokens, output_tokens: 3, total_tokens: promptTokens + 3 });
  });

  it('computes the input of several questions once', async () => {
    const story = STORY.replaceAll('Tom', 'Lily');
    const { usage } = await ask(story);
    const { length } = await tokensOf({ prompt: story });
    // Hits end on a grid of blocks.
    expect(usage.input_tokens_details.cached_tokens).toBeGreaterThan(2 * 0.75 * length);
  });

  it('has the same answers alone, among others and after them, bit for bit', async () => {
    const bodies = [STORY, STORY.slice(300), 'Tom.'].map((input) => ({ input, questions: QUESTIONS }));
    const headers = { 'cache-control': 'no-store' };
    const answersOf = async (body: object): Promise<unknown> =>
      ((await (await server.post('/v1/decisions', body, { headers })).json()) as Decision).answers;
    const alone = [];
    for (const body of bodies) alone.push(await answersOf(body));
    const together = await Promise.all([...bodies, ...bodies].map(answersOf));
    expect(together).toEqual([...alone, ...alone]);
  });

  it('reads conversations and JSON', async () => {
    const { answers, usage } = await ask(
      [
        { role: 'system', content: 'You judge.' },
        { role: 'user', content: [{ type: 'input_json', data: { color: 'red' } }] },
        { role: 'assistant', content: 'A color.' },
      ],
      [{ type: 'predicate', instructions: [{ type: 'input_json', data: { is: 'red' } }] }],
    );
    const messages = [
      { role: 'system', content: 'You judge.' },
      { role: 'user', content: '{"color":"red"}' },
      { role: 'assistant', content: 'A color.' },
      { role: 'user', content: '{"is":"red"}\n\nIs this true? Answer with Yes or No only.' },
    ];
    const prompt = await tokensOf({ messages });
    expect(answers).toHaveLength(1);
    expect(usage.input_tokens).toBe(prompt.length);
  });

  it('answers the decision model of the AI SDK', async () => {
    const openai = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN });
    const { answers } = await decide({
      model: openai.decisionModel('gpt-4o'),
      state: STORY,
      questions: {
        happy: { type: 'boolean', instructions: 'Tom is happy.' },
        color: { type: 'choice', instructions: 'Which color?', criteria: { red: 'like blood', blue: null } },
        mood: { type: 'score', instructions: 'How is the mood?', criteria: ['sad', 'glad'] },
      },
      maxRetries: 0,
    });
    expect(answers.happy.probability).toBeGreaterThan(0);
    expect(['red', 'blue']).toContain(answers.color.choice);
    expect(answers.mood.score).toBeLessThanOrEqual(1);
  });

  it.each<[string, object, string, RegExp]>([
    ['no questions', { questions: [] }, 'questions', /1 to 128/],
    ['129 questions', { questions: Array(129).fill(QUESTIONS[0]) }, 'questions', /1 to 128/],
    [
      'a question of another type',
      { questions: [{ type: 'box', instructions: 'a' }] },
      'questions[0]',
      /predicate, choice/,
    ],
    ['a question without instructions', { questions: [{ type: 'predicate' }] }, 'questions[0]', /instructions/],
    ['one choice', { questions: [{ ...QUESTIONS[1], choices: [{ value: 'a' }] }] }, 'questions[0]', /2 to 26 choices/],
    [
      'more choices than letters',
      { questions: [{ ...QUESTIONS[1], choices: Array.from({ length: 27 }, (_, i) => ({ value: `${i}` })) }] },
      'questions[0]',
      /2 to 26 choices/,
    ],
    [
      'equal choices',
      { questions: [QUESTIONS[0], { ...QUESTIONS[1], choices: [{ value: 'a' }, { value: 'a' }] }] },
      'questions[1]',
      /all different/,
    ],
    [
      'eleven levels',
      { questions: [{ ...QUESTIONS[2], levels: Array.from({ length: 11 }, (_, i) => ({ label: `${i}` })) }] },
      'questions[0]',
      /10 levels/,
    ],
    [
      'an image',
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] },
      'input[0]',
      /only text/,
    ],
    ['a reference', { input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input', /send the item/],
    ['an empty input', { input: '' }, 'input', /empty/],
    ['a stream', { stream: true }, 'stream', /not streamed/],
    [
      'questions that would read too much',
      { input: 'a'.repeat(2 ** 18), questions: Array(9).fill(QUESTIONS[0]) },
      'questions',
      /characters/,
    ],
    ['an input that is too long', { input: 'word '.repeat(5000) }, 'input', /context|tokens/],
  ])('refuses %s, by name', async (_, changes, param, message) => {
    const error: unknown = await client.decisions
      .create({ model: 'gpt-4o', input: STORY, questions: QUESTIONS, ...changes } as never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as BadRequestError).message).toMatch(message);
    if (param !== 'input') expect((error as BadRequestError).param).toBe(param);
  });
});

it('is served where it is switched on', async () => {
  const server = await startServer({ ready: false });
  expect((await server.post('/v1/decisions', { input: 'a', questions: QUESTIONS })).status).toBe(404);
  await server.close();
});
