import { describe, expect, it } from 'vitest';
import { RequestCostModel } from './request-cost.js';

describe(RequestCostModel.name, () => {
  const request = { promptTokens: 20, params: { maxNewTokens: 100 }, n: 2 };

  it('expects answers at their longest until it has seen some', () => {
    const cost = new RequestCostModel().predict(request, 64, 1024);
    expect(cost).toEqual({ answers: 2, promptTokens: 20, answerTokens: 200, maxTokens: 220 });
    expect(new RequestCostModel().predict({ promptTokens: 1 }, 64, 1024)).toMatchObject({ answers: 1, maxTokens: 65 });
  });

  it('expects no more than the context has room for', () => {
    const huge = { promptTokens: 1000, params: { maxNewTokens: 1e6 } };
    expect(new RequestCostModel().predict(huge, 64, 1024).maxTokens).toBe(1024);
  });

  it('learns how long answers are', () => {
    const model = new RequestCostModel();
    for (let i = 0; i < 200; i++) {
      model.learn(model.predict(request, 64, 1024), { promptTokens: 20, completionTokens: 25 });
    }
    const cost = model.predict(request, 64, 1024);
    expect(cost.answerTokens).toBeCloseTo(50, 0);
    expect(cost.maxTokens).toBe(220);
  });
});
