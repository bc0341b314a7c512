import { describe, expect, it } from 'vitest';
import { RequestCostModel } from './request-cost.js';

describe(RequestCostModel.name, () => {
  const request = { prompt: 'x'.repeat(80), params: { maxNewTokens: 100 }, n: 2 };

  it('expects answers at their longest until it has seen some', () => {
    const cost = new RequestCostModel().predict(request, 64);
    expect(cost).toEqual({ answers: 2, promptTokens: 20, answerTokens: 200, maxTokens: 220 });
    expect(new RequestCostModel().predict({ prompt: 'x' }, 64)).toMatchObject({ answers: 1, maxTokens: 65 });
  });

  it('learns how long answers are, and what a token is', () => {
    const model = new RequestCostModel();
    for (let i = 0; i < 200; i++) {
      model.learn(request.prompt, model.predict(request, 64), { promptTokens: 40, completionTokens: 25 });
    }
    const cost = model.predict(request, 64);
    expect(cost.promptTokens).toBe(40);
    expect(cost.answerTokens).toBeCloseTo(50, 0);
    expect(cost.maxTokens).toBe(240);
  });
});
