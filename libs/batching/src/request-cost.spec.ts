import { describe, expect, it } from 'vitest';
import { RequestCostModel } from './request-cost.js';

describe(RequestCostModel.name, () => {
  const request = { promptTokens: 20, params: { maxNewTokens: 100 }, n: 2 };

  it('expects answers at their longest until it has seen some', () => {
    const cost = new RequestCostModel().predict(request, 64, 1024);
    expect(cost).toEqual({ caller: '', answers: 2, promptTokens: 20, answerTokens: 200, maxTokens: 220 });
    expect(new RequestCostModel().predict({ promptTokens: 1 }, 64, 1024)).toMatchObject({ answers: 1, maxTokens: 65 });
  });

  it('expects no more than the context has room for', () => {
    const huge = { promptTokens: 1000, params: { maxNewTokens: 1e6 } };
    expect(new RequestCostModel().predict(huge, 64, 1024).maxTokens).toBe(1024);
  });

  it('learns how long the answers of a caller are, and nothing of it about others', () => {
    const model = new RequestCostModel();
    const predict = (caller: string) => model.predict({ ...request, caller }, 64, 1024);
    for (let i = 0; i < 200; i++) model.learn(predict('brief'), { promptTokens: 20, completionTokens: 25 });
    expect(predict('brief').answerTokens).toBeCloseTo(50, 0);
    expect(predict('brief').maxTokens).toBe(220);
    expect(predict('other').answerTokens).toBe(200);
  });

  it('stays finite whatever is asked for', () => {
    for (const maxNewTokens of [9e15, 1.7e308, Number.MAX_SAFE_INTEGER]) {
      const huge = { promptTokens: 20, params: { maxNewTokens }, n: 8 };
      expect(new RequestCostModel().predict(huge, 64, 1024).maxTokens).toBe(20 + 8 * 1004);
    }
  });
});
